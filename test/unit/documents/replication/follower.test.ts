import { describe, expect, it } from "vitest";
import { LOG_START, type LogEntry, type Position } from "../../../../core/contracts/replication.ts";
import { failure } from "../../../../core/errors.ts";
import {
  applicable,
  Follower,
  type FollowerStore,
} from "../../../../shard-workers/documents/replication/follower.ts";
import type {
  PullAnswer,
  Pulled,
  Whereabouts,
} from "../../../../shard-workers/documents/replication/messages.ts";
import { settled } from "./network.ts";

const at = (sequence: number, clock = sequence * 10): Position => ({ sequence, clock });
const entry = (sequence: number): LogEntry => ({
  after: at(sequence - 1),
  position: at(sequence),
  operations: [],
});

class Damage extends Error {}

/** A replica that is whole at a position, whose pulls the test answers. */
function replica(position: Position, copiedTo?: string) {
  const state = { position, copiedTo, damaged: false };
  const store: FollowerStore = {
    get position() {
      if (state.damaged) throw new Damage();
      return state.position;
    },
    get copiedTo() {
      return state.copiedTo;
    },
    apply(next) {
      state.position = next.position;
    },
    copy(piece) {
      state.position = piece.position;
      state.copiedTo = piece.copiedTo;
    },
    reset() {
      Object.assign(state, { position: LOG_START, copiedTo: "", damaged: false });
    },
  };
  const pulls: { whereabouts: Whereabouts; answer: (answer: PullAnswer | Error) => void }[] = [];
  const follower = new Follower({
    store,
    pull: async (whereabouts) =>
      new Promise((resolve, reject) => {
        pulls.push({
          whereabouts,
          answer: (answer) => (answer instanceof Error ? reject(answer) : resolve(answer)),
        });
      }),
    isDamage: (error) => error instanceof Damage,
  });
  return { follower, state, pulls };
}

const entries = (head: number, ...list: LogEntry[]): PullAnswer => ({
  ok: true,
  pulled: { kind: "entries", entries: list, head: at(head) },
});
const push = (head: number, ...list: LogEntry[]) => ({ entries: list, head: at(head), ask: false });

describe("the entries that can be applied", () => {
  it("are those that lead on from the position; old ones are passed over, and behind a gap there are none", () => {
    expect(applicable(at(3), [entry(2), entry(3), entry(4), entry(5)])).toEqual({
      apply: [entry(4), entry(5)],
      gap: false,
    });
    expect(applicable(at(3), [entry(4), entry(6)])).toEqual({ apply: [entry(4)], gap: true });
    expect(applicable(at(3), [entry(5)])).toEqual({ apply: [], gap: true });
    expect(applicable(at(3), [])).toEqual({ apply: [], gap: false });
  });

  it("are none of another history, though the number is right", () => {
    expect(applicable(at(3, 31), [entry(4)])).toEqual({ apply: [], gap: true });
  });
});

describe("a push", () => {
  it("is applied as far as it leads on, and answered with where the replica is", () => {
    const { follower, pulls } = replica(at(3));
    expect(follower.receive(push(5, entry(4), entry(5)))).toEqual({ position: at(5), condition: "serving" });
    // Again, late, and in parts.
    expect(follower.receive(push(4, entry(4)))).toEqual({ position: at(5), condition: "serving" });
    expect(pulls).toEqual([]);
  });

  it("that leaves a gap makes it pull, once at a time", async () => {
    const { follower, state, pulls } = replica(at(3));
    expect(follower.receive(push(6, entry(6)))).toMatchObject({ position: at(3) });
    follower.receive(push(7, entry(7)));
    expect(pulls.map(({ whereabouts }) => whereabouts)).toEqual([{ position: at(3) }]);
    pulls[0]?.answer(entries(7, entry(4), entry(5)));
    await settled();
    expect(pulls[1]?.whereabouts).toEqual({ position: at(5) });
    pulls[1]?.answer(entries(7, entry(6), entry(7)));
    await settled();
    expect(state.position).toEqual(at(7));
    expect(pulls).toHaveLength(2);
  });

  it("that says to ask is followed by a pull, whatever the replica has", () => {
    const { follower, pulls } = replica(at(9));
    follower.receive({ ...push(4), ask: true });
    expect(pulls).toHaveLength(1);
  });

  it("is not applied to a copy that is not whole, which goes on instead", async () => {
    const { follower, state, pulls } = replica(at(3), "m");
    expect(follower.receive(push(4, entry(4)))).toEqual({ position: at(3), condition: "rebuilding" });
    expect(pulls[0]?.whereabouts).toEqual({ position: at(3), copiedTo: "m" });
    const piece = { entries: [entry(4)], documents: [], position: at(4) };
    pulls[0]?.answer({ ok: true, pulled: { kind: "copy", anew: false, piece, head: at(4) } });
    await settled();
    expect(follower.status).toEqual({ position: at(4), condition: "serving" });
    expect(state.copiedTo).toBeUndefined();
  });
});

describe("a catch-up", () => {
  it.each<[string, PullAnswer | Error]>([
    ["is refused", failure("unknown-collection", "Gone.")],
    ["is lost", new Error("lost")],
    ["brings nothing that can be applied", entries(9, entry(9))],
  ])("ends when the pull %s, and begins again with the next push", async (_, answer) => {
    const { follower, pulls } = replica(at(3));
    const end = follower.catchUp();
    pulls[0]?.answer(answer);
    expect(await end).toMatchObject({ ok: false });
    follower.receive(push(9));
    expect(pulls).toHaveLength(2);
  });

  it("goes on for what a purge has ended with nothing", async () => {
    const { follower, state, pulls } = replica(at(3));
    const end = follower.catchUp();
    follower.stop();
    pulls[0]?.answer(entries(4, entry(4)));
    expect(await end).toMatchObject({ ok: false });
    expect(state.position).toEqual(at(3));
  });
});

describe("damage", () => {
  const anew: Pulled = {
    kind: "copy",
    anew: true,
    piece: { entries: [], documents: [], position: at(8) },
    head: at(8),
  };

  it("that a reader found makes it ask for everything, and serve nothing until it has", async () => {
    const { follower, pulls } = replica(at(3));
    follower.foundDamage();
    expect(follower.status).toEqual({ position: LOG_START, condition: "corrupt" });
    expect(await follower.reach(0)).toMatchObject({ code: "corrupt" });
    expect(pulls.map(({ whereabouts }) => whereabouts)).toEqual([{ position: LOG_START, copiedTo: "" }]);
    pulls[0]?.answer({ ok: true, pulled: anew });
    await settled();
    expect(await follower.reach(8)).toBeUndefined();
  });

  it("that lets it not even say where it is, too", async () => {
    const { follower, state, pulls } = replica(at(3));
    state.damaged = true;
    expect(follower.receive(push(4, entry(4)))).toMatchObject({ condition: "corrupt" });
    pulls[0]?.answer({ ok: true, pulled: anew });
    await settled();
    expect(follower.status).toEqual({ position: at(8), condition: "serving" });
  });
});

describe("a read that must see a sequence", () => {
  it("is served at once by a replica that has it", async () => {
    const { follower, pulls } = replica(at(3));
    expect(await follower.reach(3)).toBeUndefined();
    expect(pulls).toEqual([]);
  });

  it("waits for a pull where the replica is behind", async () => {
    const { follower, pulls } = replica(at(3));
    const reached = follower.reach(4);
    pulls[0]?.answer(entries(4, entry(4)));
    expect(await reached).toBeUndefined();
  });

  it("pulls again when a pull was under way that was asked before", async () => {
    const { follower, pulls } = replica(at(3));
    void follower.catchUp();
    const reached = follower.reach(4);
    pulls[0]?.answer(entries(3));
    await settled();
    expect(pulls).toHaveLength(2);
    pulls[1]?.answer(entries(4, entry(4)));
    expect(await reached).toBeUndefined();
  });

  it("is of the future when the primary has not come so far", async () => {
    const { follower, pulls } = replica(at(3));
    const reached = follower.reach(5);
    pulls[0]?.answer(entries(4, entry(4)));
    expect(await reached).toMatchObject({ code: "invalid-bookmark" });
  });

  it("is refused, for now, when the primary can't be reached, or the replica copies", async () => {
    const { follower, pulls } = replica(at(3));
    const reached = follower.reach(4);
    pulls[0]?.answer(new Error("lost"));
    expect(await reached).toMatchObject({ code: "replica-behind" });
    expect(await replica(at(3), "m").follower.reach(0)).toMatchObject({ code: "replica-behind" });
  });
});
