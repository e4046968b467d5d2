import { expectTypeOf, it } from "vitest";
import type { Decorate, FunctionContext, FunctionEvent, Later, Reject } from "../../../client/functions.d.ts";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import type { FunctionContext as PlatformContext } from "../../../core/functions/context.ts";
import { PLATFORM_MODULE } from "../../../core/functions/harness.ts";
import { Later as BuiltInLater, Reject as BuiltInReject } from "../../../decorators/contract.ts";

it("what the platform hands to a function is what the published types say", () => {
  expectTypeOf<CloudEvent>().toExtend<FunctionEvent>();
  expectTypeOf<PlatformContext>().toExtend<FunctionContext>();
  expectTypeOf<keyof PlatformContext>().toEqualTypeOf<keyof FunctionContext>();
  expectTypeOf<BuiltInReject>().toExtend<Reject>();
  expectTypeOf<BuiltInLater>().toExtend<Later>();
});

it("a decorator may answer with an event, several or nothing, at once or later", () => {
  expectTypeOf((event: FunctionEvent) => event).toExtend<Decorate>();
  expectTypeOf((event: FunctionEvent) => [event, { ...event, id: "other" }]).toExtend<Decorate>();
  expectTypeOf(() => {}).toExtend<Decorate>();
  expectTypeOf(async (event: FunctionEvent) => event).toExtend<Decorate>();
  expectTypeOf(() => "no event").not.toExtend<Decorate>();
});

it("the errors that are published are those that the platform's module has", () => {
  for (const name of [BuiltInReject.name, BuiltInLater.name]) {
    expectTypeOf(name).toBeString();
    if (!PLATFORM_MODULE.includes(`export class ${name} extends Error`)) throw new Error(name);
  }
});
