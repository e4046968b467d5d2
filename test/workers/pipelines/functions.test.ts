import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import type { PipelineSpec } from "../../../core/contracts/pipelines.ts";
import { versionHash } from "../../../core/functions/version-hash.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<
  PipelinesBindings,
  typeof import("../../../decorators/pipelines/index.ts")
>();

const main = "index.js";
const unique = (kind: string): string => `${kind}-${crypto.randomUUID()}`;

/** Keeps a function as its upload would, without what that checks. */
async function putFunction(name: string, code: string): Promise<string> {
  const modules = { [main]: code };
  const version = await versionHash({ main, modules });
  const answer = await env.CATALOG.putFunction(name, {
    main,
    modules,
    version,
    kinds: ["decorate"],
    fitness: { verdict: "unmeasured", reasons: [] },
  });
  if (!answer.ok) throw new Error(answer.message);
  return version;
}

const event = (id: string, data: object = {}): CloudEvent => ({
  specversion: "1.0",
  id,
  source: "/tests",
  type: "test",
  data,
});

/** A pipeline of one function, in front of a topic that nobody listens to. */
async function putPipeline(name: string, steps: PipelineSpec["steps"], change: Partial<PipelineSpec> = {}) {
  const topic = unique("topic");
  const spec = { topic, steps, deliver: [{ reply: true as const }], ...change };
  const answer = await env.CATALOG.putPipeline(name, spec);
  if (!answer.ok) throw new Error(answer.message);
  await env.JOURNAL.pipelinesChanged(topic);
  return topic;
}

async function settled(topic: string) {
  return vi.waitFor(
    async () => {
      const counts = await env.JOURNAL.counts(topic);
      if (counts.inFlight > 0) throw new Error(`${counts.inFlight} events are in flight`);
      return counts;
    },
    { timeout: 50_000, interval: 20 },
  );
}

const service = () => exports.PipelinesService;

beforeEach(() => {
  for (const method of ["error", "warn"] as const)
    vi.spyOn(console, method).mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

describe("a pipeline with a function", () => {
  it("makes of its events what the function makes of them, several and none included", async () => {
    const name = unique("fn");
    await putFunction(
      name,
      `export function decorate(event, { options, topic }) {
        if (event.data.drop) return;
        const made = { ...event, data: { ...event.data, mark: options.mark, topic } };
        return event.data.twice ? [{ ...made, id: event.id + ":0" }, { ...made, id: event.id + ":1" }] : made;
      }`,
    );
    const pipeline = unique("pipeline");
    const topic = await putPipeline(pipeline, [{ use: `function:${name}`, with: { mark: "x" } }]);
    const answer = await service().simulate(pipeline, [
      event("a"),
      event("b", { drop: true }),
      event("c", { twice: true }),
    ]);

    expect(answer).toMatchObject({
      ok: true,
      events: [
        {
          outcome: "made",
          made: [{ event: { id: "a", data: { mark: "x", topic } } }],
          steps: [{ functions: [{ function: name, items: 1, errors: 0, ms: expect.any(Number) }] }],
        },
        { outcome: "filtered" },
        { outcome: "made", made: [{ event: { id: "c:0" } }, { event: { id: "c:1" } }] },
      ],
    });
  });

  it("has what an upload brings back within seconds, and each event the version that its split gives it", async () => {
    const name = unique("fn");
    const versions = [];
    for (const mark of ["one", "two"]) {
      versions.push(
        await putFunction(name, `export const decorate = (e) => ({ ...e, data: { mark: "${mark}" } });`),
      );
    }
    const [one = "", two = ""] = versions;
    const pipeline = unique("pipeline");
    await putPipeline(pipeline, [{ use: `function:${name}`, split: { [one]: 50, [two]: 50 } }]);
    const marks = async () => {
      const events = Array.from({ length: 40 }, (_, n) => event(`e-${n}`));
      const answer = await service().simulate(pipeline, events);
      if (!answer.ok) throw new Error(answer.message);
      return answer.events.map(({ made }) => made[0]?.event.data);
    };
    const first = await marks();

    expect(new Set(first.map((data) => JSON.stringify(data))).size).toBe(2);
    expect(await marks()).toEqual(first);

    const pinned = unique("pipeline");
    await putPipeline(pinned, [{ use: `function:${name}@${one}` }]);
    const current = unique("pipeline");
    await putPipeline(current, [{ use: `function:${name}` }]);
    const markOf = async (of: string) => {
      const answer = await service().invoke(of, { data: {}, origin: {} });
      if (!answer.ok) throw new Error(answer.message);
      return answer.events[0]?.data;
    };
    expect(await markOf(pinned)).toEqual({ mark: "one" });
    expect(await markOf(current)).toEqual({ mark: "two" });
    await env.CATALOG.rollbackFunction(name, one);
    await vi.waitFor(async () => expect(await markOf(current)).toEqual({ mark: "one" }), { timeout: 50_000 });
  });

  it("has a function run for the elements of an array, and in pipelines that it calls", async () => {
    const name = unique("fn");
    await putFunction(name, `export const decorate = (e) => ({ ...e, data: { n: e.data.n * 2 } });`);
    const called = unique("pipeline");
    await putPipeline(called, [
      { use: "foreach", with: { field: "items", steps: [{ use: `function:${name}` }] } },
    ]);
    const caller = unique("pipeline");
    await putPipeline(caller, [{ use: "pipeline", with: { pipeline: called } }]);

    expect(
      await service().invoke(caller, { data: { items: [{ n: 1 }, { n: 2 }, { n: 3 }] }, origin: {} }),
    ).toMatchObject({ ok: true, events: [{ data: { items: [{ n: 2 }, { n: 4 }, { n: 6 }] } }] });
  });
});

describe("a function that goes wrong", () => {
  const judge = `
    import { Later, Reject } from "umbel";
    export function decorate(event) {
      const { kind } = event.data;
      if (kind === "reject") throw new Reject("not of ours");
      if (kind === "error") throw new TypeError("no text");
      if (kind === "loop") for (;;);
      if (kind === "hang") return new Promise(() => {});
      if (kind === "forge") return { ...event, umbelroute: "[]" };
      if (kind === "number") return 7;
      return event;
    }`;

  it("touches the event alone that it goes wrong with, whose dead letter has its message, version and line", async () => {
    const name = unique("fn");
    const version = await putFunction(name, judge);
    const pipeline = unique("pipeline");
    const topic = await putPipeline(pipeline, [{ use: `function:${name}`, onError: "dead" }]);
    const kinds = ["ok", "reject", "error", "loop", "forge", "number", "hang", "ok"];
    const accepted = await env.JOURNAL.append(
      topic,
      kinds.map((kind, n) => event(`e-${n}`, { kind })),
    );
    expect(accepted.ok).toBe(true);

    expect(await settled(topic)).toMatchObject({ accepted: 8, delivered: 2, dead: 6 });
    const errors = await Promise.all(
      [1, 2, 3, 4, 5, 6].map(async (n) => {
        const answer = await env.JOURNAL.eventState(topic, `e-${n}`);
        return answer.ok ? answer.event.pipelines[0]?.error : "";
      }),
    );
    const at = `steps[0] (function:${name}): ${name}@${version}: `;
    expect(errors).toEqual([
      `${at}not of ours (index.js:5)`,
      `${at}TypeError: no text (index.js:6)`,
      // Whichever limit is met first, which depends on the machine.
      expect.stringMatching(/@[0-9a-f]{16}: .*(steps| 1000 ms)/),
      `${at}it sets "umbelroute", which is the platform's.`,
      expect.stringMatching(/`decorate` returns an event/),
      expect.stringMatching(/@[0-9a-f]{16}: .* 1000 ms/),
    ]);
  });

  it("is told of to whoever waits for the pipeline as the function's failure, also from within another step", async () => {
    const name = unique("fn");
    const version = await putFunction(name, judge);
    const direct = unique("pipeline");
    await putPipeline(direct, [{ use: `function:${name}` }]);
    const nested = unique("pipeline");
    const steps = [{ use: "foreach", with: { field: "items", steps: [{ use: `function:${name}` }] } }];
    await putPipeline(nested, steps);
    const theirs = {
      ok: false,
      code: "function-failed",
      message: expect.stringContaining(`${name}@${version}: TypeError: no text (index.js:6)`) as string,
    };

    const error = { kind: "error" };
    expect(await service().invoke(direct, { data: error, origin: {} })).toMatchObject(theirs);
    expect(await service().invoke(nested, { data: { items: [error] }, origin: {} })).toMatchObject(theirs);
    expect(await service().decorate(direct, { data: [error], type: "document", origin: {} })).toMatchObject({
      ok: true,
      outcomes: [theirs],
    });
  });
});
