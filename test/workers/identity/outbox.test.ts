import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import type { JournalApi } from "../../../core/contracts/journal.ts";
import { accountHash, objectOf } from "../../../decorators/identity/accounts/account-name.ts";
import { AUDIT_TOPIC, auditEvent } from "../../../decorators/identity/outbox/audit.ts";
import { Outbox, type OutboxEntry } from "../../../decorators/identity/outbox/outbox.ts";
import { workerUnderTest } from "../under-test.ts";

const { env, exports } = workerUnderTest<
  IdentityBindings,
  typeof import("../../../decorators/identity/index.ts")
>();

// With the library, the checker takes every answer of a service for `never`.
const journal = env.JOURNAL as unknown as JournalApi;

const event = (subject: string) => auditEvent({ action: "tested", subject }, 0);
const subjects = (entries: readonly OutboxEntry[]) => entries.map(({ event: { subject } }) => subject);

/** An outbox in a Durable Object's storage, what it has published, and whether that works. */
async function withOutbox(
  test: (kit: {
    outbox: Outbox;
    storage: DurableObjectStorage;
    sent: OutboxEntry[][];
    link: { up: boolean };
  }) => Promise<void>,
) {
  await runInDurableObject(env.ACCOUNTS.getByName("outbox"), async (_, { storage }) => {
    const sent: OutboxEntry[][] = [];
    const link = { up: true };
    const outbox = new Outbox(storage.sql, async (entries) => {
      await Promise.resolve();
      if (!link.up) throw new Error("the journal is down");
      sent.push(entries);
    });
    await test({ outbox, storage, sent, link });
  });
}

describe("the outbox", () => {
  it("sends in their order what was written, once, however often it is asked to at a time", async () => {
    await withOutbox(async ({ outbox, sent }) => {
      for (let n = 0; n < 150; n++) outbox.add(AUDIT_TOPIC, event(String(n)));
      expect(outbox.dueAt(1000)).toBe(3000);
      await Promise.all([outbox.flush(), outbox.flush(), outbox.flush()]);

      expect(sent.map((entries) => entries.length)).toEqual([100, 50]);
      expect(subjects(sent.flat())).toEqual(Array.from({ length: 150 }, (_, n) => String(n)));
      expect(outbox.dueAt(1000)).toBeUndefined();
    });
  });

  it("sends nothing of a change that was rolled back", async () => {
    await withOutbox(async ({ outbox, storage, sent }) => {
      const change = () =>
        storage.transactionSync(() => {
          outbox.add(AUDIT_TOPIC, event("never"));
          throw new Error("the change fails");
        });
      expect(change).toThrow("the change fails");
      await outbox.flush();

      expect(sent).toEqual([]);
    });
  });

  it("keeps what could not be sent, and waits longer after each failure", async () => {
    await withOutbox(async ({ outbox, sent, link }) => {
      outbox.add(AUDIT_TOPIC, event("first"));
      link.up = false;
      const far = Date.now() + 1_000_000;
      const delays = [];
      for (let failures = 0; failures < 8; failures++) {
        delays.push((outbox.dueAt(far) ?? 0) - far);
        await outbox.flush();
      }
      expect(delays).toEqual([2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
      outbox.add(AUDIT_TOPIC, event("second"));
      link.up = true;
      await outbox.flush();

      expect(sent.map(subjects)).toEqual([["first", "second"]]);
      outbox.add(AUDIT_TOPIC, event("third"));
      expect((outbox.dueAt(far) ?? 0) - far).toBe(2_000);
    });
  });
});

describe("an object that ended between a change and its events", () => {
  it("sends them by its alarm, to the journal and to the kept events, and twice is as good as once", async () => {
    const hash = await accountHash("ada");
    const accounts = env.ACCOUNTS.getByName(objectOf(hash));
    const row = JSON.stringify(event("ada"));
    const leave = () =>
      runInDurableObject(accounts, async (_, { storage }) => {
        storage.sql.exec("INSERT INTO outbox (topic, event) VALUES (?, ?)", AUDIT_TOPIC, row);
        await storage.setAlarm(Date.now() + 600_000);
      });
    await leave();
    await evictDurableObject(accounts);
    expect(await runDurableObjectAlarm(accounts)).toBe(true);
    await leave();
    expect(await runDurableObjectAlarm(accounts)).toBe(true);

    expect(await journal.counts(AUDIT_TOPIC)).toMatchObject({ accepted: 1 });
    const left = await runInDurableObject(accounts, (_, { storage }) =>
      storage.sql.exec("SELECT * FROM outbox").toArray(),
    );
    expect(left).toEqual([]);
  });

  it("has an alarm from the moment on in which it answers", async () => {
    const opened = await exports.IdentityService.openChallenge({
      account: "grace",
      purpose: "login",
      client: { isPerson: false },
    });
    expect(opened).toMatchObject({ ok: true });
    const accounts = env.ACCOUNTS.getByName(objectOf(await accountHash("grace")));
    const alarm = await runInDurableObject(accounts, (_, { storage }) => storage.getAlarm());
    expect(alarm).toEqual(expect.any(Number));
  });
});

describe("what is over", () => {
  it("is swept away, and nothing else", async () => {
    const accounts = env.ACCOUNTS.getByName("sweeping");
    const [past, future] = [Date.now() - 91 * 86_400_000, Date.now() + 3_600_000];
    const tables = ["challenges", "enrollments", "limits", "familiar"];
    await runInDurableObject(accounts, async (_, { storage: { sql }, storage }) => {
      for (const [account, time] of [["old", past] as const, ["new", future] as const]) {
        sql.exec("INSERT INTO challenges (account, nonce, expires_at) VALUES (?, 'n', ?)", account, time);
        const enrollment = "INSERT INTO enrollments (slot, account, id, expires_at) VALUES (?, ?, 'i', ?)";
        sql.exec(enrollment, "pending", account, time);
        sql.exec(enrollment, "confirmed", account, null);
        sql.exec("INSERT INTO limits VALUES (?, 'l', ?)", account, time);
        sql.exec("INSERT INTO familiar VALUES (?, 'n', ?)", account, time);
      }
      await storage.setAlarm(future);
    });
    await runDurableObjectAlarm(accounts);

    const left = await runInDurableObject(accounts, (_, { storage: { sql } }) =>
      tables.map((table) =>
        sql
          .exec(`SELECT account FROM ${table}`)
          .toArray()
          .map(({ account }) => account),
      ),
    );
    expect(left).toEqual([["new"], ["new", "old", "new"], ["new"], ["new"]]);
  });
});
