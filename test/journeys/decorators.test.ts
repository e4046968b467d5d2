import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "vitest";
import { startPlatform, type Platform } from "../support/platform.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform();
  await platform.json("PUT", "/v1/collections/sales", { shards: 2, fields: { total: { type: "number" } } });
});

async function declare(name: string, steps: object[]) {
  return platform.json<{ errors?: { path: string; message: string }[] }>("PUT", `/v1/pipelines/${name}`, {
    topic: name,
    steps,
    deliver: [{ collection: "sales" }],
  });
}

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await sleep(100);
  }
  throw new Error("not seen within 50 s");
}

const documentOf = (id: string) =>
  eventually(async () => {
    const { status, body } = await platform.json("GET", `/v1/collections/sales/documents/${id}`);
    return status === 200 ? body : undefined;
  });

describe("a pipeline of many steps", () => {
  it("checks, converts, redacts and maps an order, and knows who sent it", async () => {
    const declared = await declare("orders", [
      {
        use: "json-schema",
        with: { schema: { required: ["id", "items"], properties: { id: { pattern: "^o-\\d+$" } } } },
      },
      {
        use: "foreach",
        with: { field: "items", steps: [{ use: "convert", with: { field: "price", type: "number" } }] },
      },
      { use: "map", with: { expression: "$sum(items.price)", target: "total" } },
      { use: "date", with: { field: "at", formats: ["dd.MM.yyyy HH:mm"], timezone: "Europe/Berlin" } },
      { use: "redact", with: { detect: ["email", "card"], within: "note" } },
      { use: "fingerprint", with: { fields: "items" } },
      { use: "user-agent", with: { target: "client" } },
      { use: "filter", with: { keep: "data.total > 0" } },
    ]);
    expect(declared.status, JSON.stringify(declared.body)).toBe(201);
    const order = {
      id: "o-1",
      at: "31.07.2026 09:30",
      items: [{ price: "2.50" }, { price: 4 }],
      note: "for ada@example.org, by 4111 1111 1111 1111",
    };
    const posted = await platform.json("POST", "/v1/topics/orders/events", order, {
      "User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    });
    expect(posted.status, JSON.stringify(posted.body)).toBe(202);

    expect(await documentOf("o-1")).toMatchObject({
      id: "o-1",
      at: "2026-07-31T07:30:00.000Z",
      items: [{ price: 2.5 }, { price: 4 }],
      total: 6.5,
      note: "for [email], by [card]",
      fingerprint: expect.stringMatching(/^[\da-f]{64}$/),
      client: { browser: { name: "Firefox", version: "128.0" }, os: { name: "Linux" } },
    });
  });

  it("is refused where an option of a step is wrong, with its place", async () => {
    const { status, body } = await declare("wrong", [
      { use: "convert", with: { field: "data.price", type: "float" } },
      { use: "replace", with: { field: "a", pattern: "(?=a)", with: "b" } },
      { use: "map", with: { expression: "{" } },
    ]);

    expect(status).toBe(400);
    expect(body.errors?.map(({ path }) => path)).toEqual([
      "steps[0].with.field",
      "steps[0].with.type",
      "steps[1].with.pattern",
      "steps[2].with.expression",
    ]);
  });
});

it("an event that would keep a mapping busy for ever is dead, and its neighbours are delivered", async () => {
  const endless = "loop ? ($f := function() { $f() }; $f()) : $";
  const declared = await declare("loops", [{ use: "map", with: { expression: endless } }]);
  expect(declared.status, JSON.stringify(declared.body)).toBe(201);
  const events = ["a", "b", "c"].map((id) => ({ id: `n-${id}`, loop: id === "b" }));
  const posted = await platform.json<{ accepted: { id: string }[] }>(
    "POST",
    "/v1/topics/loops/events",
    events,
  );
  expect(posted.status).toBe(202);

  expect(await documentOf("n-a")).toMatchObject({ loop: false });
  expect(await documentOf("n-c")).toMatchObject({ loop: false });
  const dead = await eventually(async () => {
    const { body } = await platform.json<{ state: string }>(
      "GET",
      `/v1/topics/loops/events/${posted.body.accepted[1]?.id ?? ""}`,
    );
    return body.state === "dead" ? body : undefined;
  });
  expect(JSON.stringify(dead)).toContain("more than 100000 steps");
});
