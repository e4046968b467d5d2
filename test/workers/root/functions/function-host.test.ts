import { describe, expect, it } from "vitest";
import { jsonText } from "../../../../core/functions/answers.ts";
import { hostOf } from "./memory-host.ts";

const event = { specversion: "1.0", id: "1", source: "/s", type: "t" } as const;
const context = {
  topic: "t",
  pipeline: "p",
  version: 1,
  attempt: 1,
  occurrence: "o",
  acceptedAt: 0,
  now: 0,
};

describe("a host of functions", () => {
  it("calls handle with its input", async () => {
    const host = await hostOf("export function handle(input) { return { twice: input.n * 2 }; }");
    const answer = await host.handle({ name: "f" }, jsonText({ n: 21 }));
    expect(answer).toMatchObject({ ok: true, value: { twice: 42 } });
  });

  it("maps and reduces", async () => {
    const host = await hostOf(`
      export function map(documents) { return documents.length; }
      export function reduce(partials, by) { return partials.reduce((sum, n) => sum + n, 0) * by; }
    `);
    const one = await host.map({ name: "f" }, [{}, {}], jsonText(1));
    const other = await host.map({ name: "f" }, { json: "[{},{},{}]" }, jsonText(1));
    if (!one.ok || !other.ok) throw new Error("expected partials");
    expect(await host.reduce({ name: "f" }, [one, other], jsonText(1))).toMatchObject({
      ok: true,
      json: "5",
    });
  });

  it("answers with the outcome of each event by itself", async () => {
    const host = await hostOf(`
      import { Reject } from "umbel";
      export function decorate(event, context) {
        const { data } = event;
        if (data === "none") return;
        if (data === "many") return [event, event];
        if (data === "reject") throw new Reject("not this one");
        if (data === "fail") {
          throw new TypeError("oh");
        }
        return { ...event, data: context.topic };
      }
    `);
    const inputs = ["one", "none", "many", "reject", "fail"].map((data) => ({
      event: { ...event, data },
      context,
    }));
    const answer = await host.decorate({ name: "f" }, inputs);
    expect(answer).toMatchObject({
      ok: true,
      items: [
        { ok: true, events: [{ ...event, data: "t" }] },
        { ok: true, events: [] },
        { ok: true, events: [{}, {}] },
        { ok: false, code: "function-failed", message: "not this one", outcome: "reject", line: 7 },
        { ok: false, code: "function-failed", message: "TypeError: oh", module: "index.js", line: 9 },
      ],
    });
  });

  it("says which kind is not exported", async () => {
    const host = await hostOf("export function handle() {}");
    expect(await host.map({ name: "f" }, [], jsonText(1))).toMatchObject({
      ok: false,
      code: "function-lacks-kind",
    });
  });

  it("ends a call that never settles", async () => {
    const host = await hostOf("export function handle() { return new Promise(() => {}); }");
    expect(await host.handle({ name: "f" }, jsonText(1))).toMatchObject({
      ok: false,
      code: "function-call-timeout",
    });
  });
});
