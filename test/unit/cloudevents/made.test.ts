import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { validateEvent, validateMade, type CloudEvent } from "../../../core/cloudevents/index.ts";

const before: CloudEvent = {
  specversion: "1.0",
  id: "1",
  source: "/s",
  type: "t",
  subject: "x",
  data: { n: 1 },
};

const anything = fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true });

describe("an event that was made of a valid one", () => {
  it("is valid exactly when it is by itself, whatever was changed", () => {
    const member = fc.constantFrom(
      "id",
      "source",
      "type",
      "subject",
      "data",
      "data_base64",
      "datacontenttype",
      "more",
    );
    const change = fc.dictionary(member, fc.oneof(fc.jsonValue(), fc.string(), anything), {
      noNullPrototype: true,
    });
    const base = fc.constantFrom<CloudEvent>(
      before,
      { ...before, data: "text", datacontenttype: "text/plain" },
      {
        specversion: "1.0",
        id: "1",
        source: "/s",
        type: "t",
        datacontenttype: "image/png",
        data_base64: "AA==",
      },
      { specversion: "1.0", id: "1", source: "/s", type: "t" },
    );
    fc.assert(
      fc.property(base, change, (given, changes) => {
        const made = { ...given, ...changes };
        const [quick, whole] = [validateMade(made, given), validateEvent(made)];
        expect(quick.ok).toBe(whole.ok);
        // The whole validation leaves out what is null or undefined, as JSON does.
        if (quick.ok && whole.ok)
          expect(JSON.parse(JSON.stringify(quick.event))).toEqual(JSON.parse(JSON.stringify(whole.event)));
      }),
      { numRuns: 500 },
    );
  });

  it("is refused beyond an event's size, near it and far beyond", () => {
    const fits = (length: number) =>
      validateMade({ ...before, data: { text: "\u0001".repeat(length) } }, before).ok;

    expect([fits(100), fits(16_000), fits(17_000), fits(1_000_000)]).toEqual([true, true, false, false]);
  });
});
