/** Makes one text of an array. */
import { z } from "zod";
import { Reject } from "../contract.ts";
import { TEXT_CHARS_MAX } from "../limits.ts";
import { defineFieldDecorator } from "../support/field-decorator.ts";
import { textOf } from "../support/template.ts";

export const join = defineFieldDecorator({
  name: "join",
  summary: "Makes one text of the elements of an array.",
  options: { separator: z.string().max(1_000).default(",").describe("What stands between two elements.") },
  examples: [
    {
      shows: "texts, numbers and booleans",
      with: { field: "tags", separator: ", " },
      given: { data: { tags: ["a", 2, true] } },
      expect: [{ data: { tags: "a, 2, true" } }],
    },
    {
      shows: "nulls and nothing leave no trace but the separator",
      with: { field: "tags", target: "line" },
      given: { data: { tags: ["a", null, ""] } },
      expect: [{ data: { tags: ["a", null, ""], line: "a,," } }],
    },
    {
      shows: "objects can't be joined",
      with: { field: "items" },
      given: { data: { items: [{ id: 1 }] } },
      expect: { rejects: "items: has an element that is no text, number or boolean." },
    },
    {
      shows: "what is no array rejects the event",
      with: { field: "tags" },
      given: { data: { tags: "a" } },
      expect: { rejects: "tags: is no array." },
    },
  ],
  make:
    ({ separator }) =>
    (value) => {
      if (!Array.isArray(value)) throw new Reject("is no array.");
      const texts = value.map((element: unknown) => {
        if (typeof element === "object" && element !== null) {
          throw new Reject("has an element that is no text, number or boolean.");
        }
        return textOf(element);
      });
      const length = texts.reduce((sum, text) => sum + text.length + separator.length, 0);
      if (length > TEXT_CHARS_MAX) throw new Reject("becomes too long a text.");
      return texts.join(separator);
    },
});
