/** Takes white space, or other characters, off the ends of texts. */
import { z } from "zod";
import { Reject } from "../contract.ts";
import { defineFieldDecorator } from "../support/field-decorator.ts";

const CHARACTERS_MAX = 100;

export const trim = defineFieldDecorator({
  name: "trim",
  summary: "Takes white space, or other characters, off the ends of texts.",
  options: {
    side: z.enum(["both", "start", "end"]).default("both").describe("Which end."),
    characters: z
      .string()
      .min(1, "names at least one character")
      .max(CHARACTERS_MAX)
      .optional()
      .describe("The characters to take off; absent: white space."),
  },
  eachElement: true,
  examples: [
    {
      shows: "white space of any kind",
      with: { field: ["name", "tags"] },
      given: { data: { name: "\u00a0Ada\t\n", tags: [" a ", "b"] } },
      expect: [{ data: { name: "Ada", tags: ["a", "b"] } }],
    },
    {
      shows: "other characters, of one end",
      with: { field: "path", characters: "/.", side: "end", target: "clean" },
      given: { data: { path: "/a/b/./" } },
      expect: [{ data: { path: "/a/b/./", clean: "/a/b" } }],
    },
    {
      shows: "what is no text rejects the event",
      with: { field: "name" },
      given: { data: { name: 5 } },
      expect: { rejects: "name: is no text." },
    },
  ],
  make({ side, characters }) {
    const set = characters === undefined ? undefined : new Set(characters);
    return (value) => {
      if (typeof value !== "string") throw new Reject("is no text.");
      if (set !== undefined) return trimCharacters(value, set, side);
      if (side === "both") return value.trim();
      return side === "start" ? value.trimStart() : value.trimEnd();
    };
  },
});

function trimCharacters(text: string, set: ReadonlySet<string>, side: "both" | "start" | "end"): string {
  // As code points, so that no half of a character is taken off.
  const characters = Array.from(text);
  let start = 0;
  let end = characters.length;
  if (side !== "end") while (start < end && set.has(characters[start] ?? "")) start++;
  if (side !== "start") while (end > start && set.has(characters[end - 1] ?? "")) end--;
  return characters.slice(start, end).join("");
}
