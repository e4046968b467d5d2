import { describe, expect, test } from "vitest";
import { MALFORMED } from "./malformed-requests.ts";
import { decode } from "./requests.ts";

describe("a request is refused that has", () => {
  test.each(MALFORMED)("%s", (_title, sent, body, code, path) => {
    const decoded = decode(sent, body);
    expect(decoded).toMatchObject({ ok: false, code, errors: [{ path }] });
    const { message, errors } = decoded.ok ? { message: "", errors: [] } : decoded;
    expect(errors).toHaveLength(1);
    expect(message).toContain(`${path === "" ? "The body" : path} ${errors[0]?.message}`);
  });

  test("many faults in one event, with all of them named at once", () => {
    const decoded = decode(
      { "ce-id": "%", "ce-source": "", "ce-time": "now", "content-type": "application/json" },
      "{",
    );
    expect(decoded.ok ? [] : decoded.errors.map(({ path }) => path).toSorted()).toEqual([
      "data",
      "id",
      "source",
      "specversion",
      "time",
      "type",
    ]);
  });
});
