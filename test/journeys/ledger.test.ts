import { expect, it } from "vitest";
import { runTrial } from "../support/ledger.ts";

const EVENTS = 20_000;

it(
  "accounts for every event, and delivers each once, whatever fails and whoever is killed",
  { timeout: 500_000 },
  async () => {
    const { counts, wrongLedgers, documents, deadLetters, expected } = await runTrial({
      events: EVENTS,
      kills: 3,
      faultRate: 0.1,
      drainMs: 360_000,
    });

    expect(wrongLedgers).toEqual([]);
    expect(counts).toEqual({
      accepted: EVENTS,
      delivered: expected.delivered.length,
      filtered: expected.filtered.length,
      dead: expected.dead.length,
      inFlight: 0,
    });
    expect([...documents.keys()].toSorted()).toEqual(expected.delivered.toSorted());
    expect([...documents.values()].every((times) => times === 1)).toBe(true);
    expect([...deadLetters].toSorted()).toEqual(expected.dead.toSorted());
  },
);
