/** Plain JSON that becomes data. */
import { describe, expect, test } from "vitest";
import { decode, decodePlain, requiredAttributes } from "./requests.ts";

const wrapped = {
  specversion: "1.0",
  source: "/v1/topics/orders",
  type: "orders",
  time: "2026-01-31T09:30:00.000Z",
  datacontenttype: "application/json",
};

describe("plain JSON", () => {
  test("that is an object becomes the data of one event, its attributes given by the receiver", () => {
    expect(decodePlain({ total: 5, id: "mine" })).toEqual({
      ok: true,
      mode: "wrapped",
      events: [{ ...wrapped, id: "id-1", data: { total: 5, id: "mine" } }],
    });
  });

  test("that is an array becomes one event an element, all of the same time", () => {
    expect(decodePlain([{ total: 1 }, {}, { total: 3 }])).toEqual({
      ok: true,
      mode: "wrapped",
      events: [
        { ...wrapped, id: "id-1", data: { total: 1 } },
        { ...wrapped, id: "id-2", data: {} },
        { ...wrapped, id: "id-3", data: { total: 3 } },
      ],
    });
  });

  test("that is an empty array is no event", () => {
    expect(decodePlain([])).toEqual({ ok: true, mode: "wrapped", events: [] });
  });

  test("that looks like an event is data as any other, since nothing declares it an event", () => {
    const decoded = decodePlain({ ...requiredAttributes, data: 1 });
    expect(decoded).toMatchObject({ events: [{ id: "id-1", data: { ...requiredAttributes, data: 1 } }] });
  });

  test("keeps its own media type", () => {
    const decoded = decode({ "content-type": "application/ld+json; profile=x" }, "{}");
    expect(decoded).toMatchObject({ events: [{ datacontenttype: "application/ld+json; profile=x" }] });
  });

  test("is refused whole for one bad element, whose place in the body is named", () => {
    const decoded = decode(
      { "content-type": "application/json" },
      '[{}, 5, {"a": {"net price": 1e999}}, {"b": [1e999]}]',
    );
    expect(decoded).toMatchObject({ ok: false, code: "invalid-event" });
    expect(decoded.ok ? [] : decoded.errors.map(({ path }) => path)).toEqual([
      "[1]",
      '[2].a["net price"]',
      "[3].b[0]",
    ]);
  });

  test("names a place in a body that is one object without a prefix", () => {
    expect(decode({ "content-type": "application/json" }, '{"data": {"x": 1e999}}')).toMatchObject({
      errors: [{ path: "data.x" }],
    });
  });
});
