import { describe, expect, it, vi } from "vitest";
import {
  ALONE_AFTER_HANDOVERS,
  ALONE_RUN_MAX_MS,
  ALONE_STARTS_MAX,
  BLOCK_ROWS,
  ERROR_CHARS_MAX,
  LEASE_FIRST_MS,
  LEASE_MAX_MS,
} from "../../../shard-workers/journal/limits.ts";
import { event, journal, pass, Topic, type Handed } from "./topic.ts";

const idsOf = (handed: Handed[]): string[] => handed.map((each) => each.event.id);

/** The handed event of an id. */
function one(handed: Handed[], id: string): Handed {
  const found = handed.find((each) => each.event.id === id);
  if (found === undefined) throw new Error(`event ${id} was not handed over`);
  return found;
}

async function published(...ids: string[]): Promise<{ topic: Topic; handed: Handed[] }> {
  const topic = new Topic();
  await topic.listen("p");
  await topic.append(...ids.map((id) => event(id)));
  return { topic, handed: await topic.take(ids.length) };
}

describe("an outcome", () => {
  it("of each kind is an event's state, and the ledger adds up", async () => {
    const { topic, handed } = await published("sent", "dull", "bad", "open");
    const [first] = handed;
    if (first === undefined) throw new Error("nothing was handed over");
    await topic.confirm(first, { delivered: [0], filtered: [1], dead: [{ index: 2, error: "no number" }] });

    expect(await topic.state("sent")).toMatchObject({ state: "delivered", pipelines: [{ attempts: 1 }] });
    expect(await topic.state("dull")).toMatchObject({ state: "filtered", pipelines: [{ attempts: 1 }] });
    expect(await topic.state("bad")).toEqual({
      id: "bad",
      source: "/tests",
      state: "dead",
      pipelines: [{ name: "p", version: 1, state: "dead", attempts: 1, error: "no number" }],
    });
    expect(await topic.state("open")).toMatchObject({ state: "accepted", pipelines: [{ attempts: 0 }] });
    expect(await journal.counts(topic.name)).toEqual({
      accepted: 4,
      delivered: 1,
      filtered: 1,
      dead: 1,
      inFlight: 1,
    });
  });

  it("is there after a restart", async () => {
    const { topic, handed } = await published("1", "2");
    await topic.deliver(one(handed, "1"));
    await topic.restart();

    expect(await topic.state("1")).toMatchObject({ state: "delivered" });
    expect(await journal.counts(topic.name)).toMatchObject({ accepted: 2, delivered: 1, inFlight: 1 });
  });

  it("stands, whatever comes after it", async () => {
    const { topic, handed } = await published("1");
    await topic.deliver(one(handed, "1"));
    await topic.confirm(one(handed, "1"), { dead: [{ index: 0, error: "late" }] });
    await topic.deliver(one(handed, "1"));

    expect(await topic.state("1")).toMatchObject({ state: "delivered" });
    expect(await journal.counts(topic.name)).toEqual({
      accepted: 1,
      delivered: 1,
      filtered: 0,
      dead: 0,
      inFlight: 0,
    });
  });

  it("of one pipeline leaves the others to theirs", async () => {
    const topic = new Topic();
    await topic.listen("p", "q");
    await topic.append(event("1"));
    const [p, q] = (await topic.take(2)).toSorted((a, b) => (a.pipeline < b.pipeline ? -1 : 1));
    if (p === undefined || q === undefined) throw new Error("both pipelines listen");

    await topic.deliver(p);
    expect(await topic.state("1")).toMatchObject({
      state: "accepted",
      pipelines: [
        { name: "p", state: "delivered" },
        { name: "q", state: "accepted" },
      ],
    });
    await topic.confirm(q, { dead: [{ index: 0, error: "no" }] });
    expect(await topic.state("1")).toMatchObject({ state: "dead" });
    expect(await journal.counts(topic.name)).toEqual({
      accepted: 1,
      delivered: 0,
      filtered: 0,
      dead: 1,
      inFlight: 0,
    });
  });

  it("of what is not there changes nothing", async () => {
    const { topic, handed } = await published("1");
    await topic.deliver({ ...one(handed, "1"), sequence: 999 }, { ...one(handed, "1"), pipeline: "other" });
    await topic.deliver({ ...one(handed, "1"), index: 7 });
    await new Topic().deliver(one(handed, "1"));

    expect(await journal.counts(topic.name)).toEqual({
      accepted: 1,
      delivered: 0,
      filtered: 0,
      dead: 0,
      inFlight: 1,
    });
  });

  it("of many small appends is written a few rows at a time", async () => {
    const topic = new Topic();
    await topic.listen("p");
    const count = BLOCK_ROWS * 2 + 5;
    for (let n = 0; n < count; n++) await topic.append(event(String(n)));
    await topic.deliver(...(await topic.take(count)));

    expect(await journal.counts(topic.name)).toMatchObject({
      accepted: count,
      delivered: count,
      inFlight: 0,
    });
    expect(await topic.query("SELECT count(*) AS rows FROM blocks")).toEqual([{ rows: 3 }]);
  });
});

describe("what was not heard of", () => {
  it("is handed over again when its lease ends, and what was confirmed is not", async () => {
    const { topic, handed } = await published("1", "2", "3");
    await topic.deliver(one(handed, "2"));

    // What the test has taken until now has passed, too.
    await topic.alarmAfter(LEASE_FIRST_MS / 4);
    expect(idsOf(await topic.takeUntilMarker())).toEqual([]);
    await topic.alarmAfter(LEASE_FIRST_MS + 1_000);
    expect(idsOf(await topic.take(2))).toEqual(expect.arrayContaining(["1", "3"]));
  });

  it("is handed over after a restart that the queue did not survive", async () => {
    const { topic } = await published("1", "2");
    await topic.restart();
    await topic.alarmAfter(LEASE_FIRST_MS + 1_000);

    expect(idsOf(await topic.take(2))).toEqual(["1", "2"]);
  });

  it("is handed over from every block, also where nothing was ever confirmed", async () => {
    const topic = new Topic();
    await topic.listen("p");
    const count = BLOCK_ROWS * 2 + 3;
    for (let n = 0; n < count; n++) await topic.append(event(String(n)));
    await topic.take(count);
    await topic.restart();
    await topic.alarmAfter(LEASE_FIRST_MS + 1_000);

    expect(idsOf(await topic.take(count)).toSorted()).toEqual(
      Array.from({ length: count }, (_, n) => String(n)).toSorted(),
    );
  });

  it("is handed over from every block, old and new, and from several rows of one", async () => {
    const topic = new Topic();
    await topic.listen("p");
    const count = BLOCK_ROWS + 3;
    for (let n = 0; n < count; n++) await topic.append(event(String(n)));
    const handed = await topic.take(count);
    const kept = ["0", "5", String(BLOCK_ROWS), String(BLOCK_ROWS + 1)];
    await topic.deliver(...handed.filter((each) => !kept.includes(each.event.id)));
    await topic.restart();
    await topic.alarmAfter(LEASE_FIRST_MS + 1_000);

    expect(idsOf(await topic.take(kept.length)).toSorted()).toEqual(kept.toSorted());
  });

  it("waits longer each time, and never for ever", async () => {
    const { topic } = await published("1");
    let passed = 0;
    const waits: number[] = [];
    for (let n = 0; n < 12; n++) {
      passed += LEASE_MAX_MS * 1.5;
      await topic.alarmAfter(passed);
      await topic.take(1);
      waits.push(((await topic.alarmIn()) ?? Number.NaN) - passed);
    }

    expect(waits[0]).toBeGreaterThan(LEASE_FIRST_MS);
    expect(waits[1]).toBeGreaterThan(1.5 * (waits[0] ?? Number.NaN));
    expect(waits.at(-1)).toBeGreaterThan(LEASE_MAX_MS - 60_000);
    expect(waits.at(-1)).toBeLessThan(LEASE_MAX_MS * 1.3);
  });

  it("leaves no alarm behind that comes soon, once all is settled", async () => {
    const { topic, handed } = await published("1");
    await topic.deliver(...handed);
    await topic.alarmAfter(LEASE_FIRST_MS + 1_000);

    expect(await topic.alarmIn()).toBeNull();
  });
});

describe("an event that failed", () => {
  const oops = { error: "the sink is away", delayMs: 60_000, waiting: false };

  it("is handed over after its delay, with its failures, and its neighbours are not", async () => {
    const { topic, handed } = await published("1", "2");
    await topic.deliver(one(handed, "2"));
    await topic.confirm(one(handed, "1"), { retry: [{ index: 0, ...oops }] });

    expect(await topic.state("1")).toMatchObject({
      state: "accepted",
      pipelines: [{ attempts: 1, error: "the sink is away" }],
    });
    await topic.alarmAfter(30_000);
    expect(await topic.takeUntilMarker()).toEqual([]);
    await topic.alarmAfter(61_000);
    expect(one(await topic.take(1), "1")).toMatchObject({ failures: 1, waits: 0 });
  });

  it("is delivered in the end, and its attempts are counted", async () => {
    const { topic, handed } = await published("1");
    await topic.confirm(one(handed, "1"), { retry: [{ index: 0, ...oops }] });
    await topic.restart();
    await topic.alarmAfter(61_000);
    const again = one(await topic.take(1), "1");
    await topic.confirm(again, { retry: [{ index: 0, ...oops, waiting: true }] });
    await topic.deliver(again);

    expect(await topic.state("1")).toMatchObject({ state: "delivered", pipelines: [{ attempts: 3 }] });
    expect(await journal.counts(topic.name)).toEqual({
      accepted: 1,
      delivered: 1,
      filtered: 0,
      dead: 0,
      inFlight: 0,
    });
  });

  it("that had to wait for the platform is told so, apart from its failures", async () => {
    const { topic, handed } = await published("1");
    await topic.confirm(one(handed, "1"), { retry: [{ index: 0, ...oops, waiting: true }] });
    await topic.alarmAfter(61_000);

    expect(one(await topic.take(1), "1")).toMatchObject({ failures: 0, waits: 1 });
  });

  it("sets the alarm for its delay, if that is sooner", async () => {
    const { topic, handed } = await published("1", "2");
    await topic.confirm(one(handed, "1"), { retry: [{ index: 0, ...oops, delayMs: 5_000 }] });

    expect(await topic.alarmIn()).toBeLessThanOrEqual(5_000);
  });

  it("is on a lease again once it is handed over, and lost to no crash", async () => {
    const { topic, handed } = await published("1");
    await topic.confirm(one(handed, "1"), { retry: [{ index: 0, ...oops }] });
    await topic.alarmAfter(61_000);
    await topic.take(1);
    await topic.restart();
    await topic.alarmAfter(61_000 + LEASE_FIRST_MS * 1.5);

    expect(one(await topic.take(1), "1")).toMatchObject({ failures: 1 });
  });

  it("keeps of an endless error its beginning", async () => {
    const { topic, handed } = await published("1");
    await topic.confirm(one(handed, "1"), { dead: [{ index: 0, error: "x".repeat(100_000) }] });

    expect((await topic.state("1")).pipelines[0]?.error).toBe("x".repeat(ERROR_CHARS_MAX));
  });
});

describe("an event that nothing is ever heard of", () => {
  /** Lets the lease end and takes what comes; more time than any lease in each round. */
  async function unheard(topic: Topic, rounds: number): Promise<Handed[]> {
    let handed: Handed[] = [];
    for (let n = 1; n <= rounds; n++) {
      await topic.alarmAfter(n * 2 * LEASE_MAX_MS);
      handed = await topic.take(1);
    }
    return handed;
  }

  it("is handed over alone after a while, and given up after runs that came to nothing", async () => {
    const { topic, handed } = await published("killer", "neighbour");
    await topic.deliver(one(handed, "neighbour"));
    const [suspect] = await unheard(topic, ALONE_AFTER_HANDOVERS);
    if (suspect === undefined) throw new Error("it was handed over");
    expect(suspect).toMatchObject({ alone: true, event: { id: "killer" } });

    const start = () => journal.startAlone(topic.name, suspect);
    for (let run = 0; run < ALONE_STARTS_MAX; run++) {
      pass(run * ALONE_RUN_MAX_MS);
      expect(await start()).toBe("run");
      expect(await start()).toBe("skip");
      vi.restoreAllMocks();
    }
    pass(ALONE_STARTS_MAX * ALONE_RUN_MAX_MS);
    expect(await start()).toBe("give-up");
    vi.restoreAllMocks();
  });

  it("is run with others again once something is heard of it", async () => {
    const { topic } = await published("slow");
    const [suspect] = await unheard(topic, ALONE_AFTER_HANDOVERS);
    if (suspect === undefined) throw new Error("it was handed over");
    await journal.startAlone(topic.name, suspect);
    await topic.confirm(suspect, { retry: [{ index: 0, error: "oh", delayMs: 60_000, waiting: false }] });
    await topic.alarmAfter(10 * LEASE_MAX_MS);

    const again = one(await topic.take(1), "slow");
    expect(again.alone).toBeUndefined();
    expect(again).toMatchObject({ failures: 1, history: [{ error: "oh", times: 1 }] });
    expect(await journal.startAlone(topic.name, again)).toBe("skip");
  });

  it("that is not there can't be begun", async () => {
    const { topic } = await published("1");

    expect(await journal.startAlone(topic.name, { pipeline: "p", sequence: 99, index: 0 })).toBe("skip");
    expect(await journal.startAlone(topic.name, { pipeline: "p", sequence: 1, index: 0 })).toBe("skip");
    expect(await journal.startAlone("no-topic", { pipeline: "p", sequence: 1, index: 0 })).toBe("skip");
  });
});

describe("the history of an event that fails", () => {
  it("counts what goes wrong alike, and goes along when it is handed over", async () => {
    const { topic, handed } = await published("1");
    const event1 = one(handed, "1");
    const retry = { index: 0, delayMs: 50_000, waiting: false };
    await topic.confirm(event1, { retry: [{ ...retry, error: "a" }] });
    await topic.confirm(event1, { retry: [{ ...retry, error: "a" }] });
    await topic.confirm(event1, { retry: [{ ...retry, error: "b", done: ["collection:c"] }] });
    await topic.alarmAfter(60_000);

    expect(one(await topic.take(1), "1")).toMatchObject({
      failures: 3,
      done: ["collection:c"],
      history: [
        { error: "a", times: 2, version: 1 },
        { error: "b", times: 1, version: 1 },
      ],
    });
  });
});

it("an event that two pipelines publish under one id is taken from each, and once from either", async () => {
  const topic = new Topic();
  const from = (pipeline: string) => event("1", { umbelvia: pipeline, umbelhops: 1 });
  const first = await topic.append(from("p"), from("q"), event("1"));
  const again = await topic.append(from("q"), from("p"));

  expect(first.accepted.map(({ duplicate }) => duplicate ?? false)).toEqual([false, false, false]);
  expect(again.accepted.map(({ duplicate }) => duplicate ?? false)).toEqual([true, true]);
});
