import { afterEach, describe, expect, it, vi } from "vitest";
import { atDesk, outcomeOf, type Work } from "./desk.ts";

afterEach(() => vi.restoreAllMocks());

const CRYPTO = ["digest", "sign", "encrypt", "decrypt", "importKey", "timingSafeEqual"] as const;

/** The storage, with each statement noted that goes through it: its text, and the rows that it read and wrote. */
function noting(storage: DurableObjectStorage, statements: string[]): DurableObjectStorage {
  const sql = new Proxy(storage.sql, {
    get(target, name) {
      if (name !== "exec") return Reflect.get(target, name) as unknown;
      return (query: string, ...values: SqlStorageValue[]) => {
        const cursor = target.exec(query, ...values);
        const toArray = cursor.toArray.bind(cursor);
        const note = () =>
          statements.push(`${query} (${cursor.rowsRead} read, ${cursor.rowsWritten} written)`);
        cursor.toArray = () => {
          const rows = toArray();
          note();
          return rows;
        };
        if (!query.startsWith("SELECT")) note();
        return cursor;
      };
    },
  });
  return new Proxy(storage, {
    get(target, name) {
      if (name === "sql") return sql;
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** What is computed and stored for an account: one after another, all that there is to do with it. */
async function workFor({ open, answer }: Work, account: string, statements: string[]) {
  const spies = CRYPTO.map((name) => vi.spyOn(crypto.subtle, name));
  const record: object[] = [];
  const note = (what: string) => {
    record.push({
      what,
      // What the test itself looks up is none of it.
      statements: statements.splice(0).filter((each) => !each.startsWith("SELECT event FROM outbox")),
      crypto: spies.map((spy, at) => [CRYPTO[at], spy.mock.calls.length]),
    });
    for (const spy of spies) spy.mockClear();
  };
  statements.length = 0;
  const challenge = await open(account);
  note("opened");
  for (const wrong of ["000000", "ABCD-EFGH-JKMN-PQRS", "no code at all", ""]) {
    note(outcomeOf(await answer(challenge, wrong === challenge.sent ? "000001" : wrong)));
  }
  note(outcomeOf(await answer(challenge, challenge.sent)));
  note(outcomeOf(await answer(challenge, challenge.sent)));
  await open(account);
  note("opened again");
  vi.restoreAllMocks();
  return record;
}

describe("an account that has an authenticator and one that has none", () => {
  it("take the same statements, rows and computations, whatever is done with them", async () => {
    const statements: string[] = [];
    await atDesk(
      async (work) => {
        await work.authenticator("known");
        // The first answer of an object makes what all are compared with.
        await work.answer(await work.open("somebody"), "000000");
        // Rows of other accounts around theirs, so that neither is the last of a table.
        for (let n = 0; n < 30; n++) await work.open(`other-${n}`);
        const known = await workFor(work, "known", statements);
        const unknown = await workFor(work, "unknown", statements);

        expect(known).toEqual(unknown);
        expect(known).toHaveLength(8);
        expect(JSON.stringify(known[1])).toContain('["timingSafeEqual",14]');
        expect(JSON.stringify(known[1])).toContain("FROM enrollments");
      },
      (storage) => noting(storage, statements),
    );
  });
});
