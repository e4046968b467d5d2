import { expect, it } from "vitest";
import { workerUnderTest } from "../under-test.ts";

const { exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

async function ask(method: string, path: string, body?: unknown, headers = {}): Promise<Answer> {
  const response = await exports.default.fetch(`http://umbel.test${path}`, {
    method,
    headers: { authorization: "Bearer test-key", "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

const withKey = (key: string) => ({ "idempotency-key": key });

it("events of a request that comes again with its key are taken once", async () => {
  const publish = (body: unknown, key: string) => ask("POST", "/v1/topics/orders/events", body, withKey(key));
  const first = await publish([{ n: 1 }, { n: 1 }], "a");
  const again = await publish([{ n: 1 }, { n: 1 }], "a");

  expect(first.status).toBe(202);
  const accepted = first.body["accepted"] as { id: string }[]; // the documented answer
  expect(new Set(accepted.map(({ id }) => id)).size).toBe(2);
  expect(again.body["accepted"]).toEqual(accepted.map((event) => ({ ...event, duplicate: true })));
  await publish([{ n: 1 }, { n: 1 }], "b");
  await publish([{ n: 2 }], "a");
  expect((await ask("GET", "/v1/topics/orders")).body).toMatchObject({ events: { accepted: 5 } });
});

it("documents of a request that comes again with its key are made once", async () => {
  await ask("PUT", "/v1/collections/notes", { fields: {} });
  const write = (body: unknown, key: string) =>
    ask("POST", "/v1/collections/notes/documents", body, withKey(key));
  const count = async () => (await ask("GET", "/v1/collections/notes")).body["stats"];
  for (let n = 0; n < 2; n++) {
    expect((await write([{ a: 1 }, { a: 1 }, { id: "own" }], "a")).body).toMatchObject({ written: 3 });
  }

  expect(await count()).toMatchObject({ documents: 3 });
  await write({ a: 2 }, "a");
  await write({ a: 1 }, "b");
  expect(await count()).toMatchObject({ documents: 5 });
});

it("a key that can't be one is refused", async () => {
  const { status, body } = await ask("POST", "/v1/topics/orders/events", {}, withKey("x".repeat(256)));

  expect(status).toBe(400);
  expect(body).toMatchObject({ code: "invalid-request", errors: [{ path: "idempotency-key" }] });
});
