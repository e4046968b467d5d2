import { expect, it } from "vitest";
import { workerUnderTest } from "../under-test.ts";

const { exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

const DAY_MS = 24 * 3600_000;
const all = { deadLettersMs: 30 * DAY_MS, eventsMs: 7 * DAY_MS, mailMs: 7 * DAY_MS };

async function retention(set?: object): Promise<{ status: number; body: unknown }> {
  const response = await exports.default.fetch("http://umbel.test/v1/retention", {
    headers: { authorization: "Bearer test-key" },
    ...(set === undefined ? {} : { method: "PUT", body: JSON.stringify(set) }),
  });
  return { status: response.status, body: await response.json() };
}

it("is 30 days for dead letters, and 7 for events and mails", async () => {
  expect(await retention()).toEqual({ status: 200, body: all });
});

it("is what is set, and the platform's own for what is left out", async () => {
  expect(await retention({ eventsMs: DAY_MS })).toEqual({ status: 200, body: { ...all, eventsMs: DAY_MS } });
  expect((await retention()).body).toEqual({ ...all, eventsMs: DAY_MS });
  expect((await retention({ mailMs: DAY_MS })).body).toEqual({ ...all, mailMs: DAY_MS });
});

it("is refused with each place that is wrong", async () => {
  const { status, body } = await retention({ mailMs: 1, lettersMs: DAY_MS });
  expect(status).toBe(400);
  expect(body).toMatchObject({
    errors: expect.arrayContaining([
      expect.objectContaining({ path: "mailMs" }),
      expect.objectContaining({ path: "lettersMs" }),
    ]),
  });
});
