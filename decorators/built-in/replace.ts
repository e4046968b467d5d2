/** Replaces parts of texts, by a pattern or by the letter. */
import { z } from "zod";
import { Reject } from "../contract.ts";
import { TEXT_CHARS_MAX } from "../limits.ts";
import { defineFieldDecorator } from "../support/field-decorator.ts";
import { patternOption } from "../support/options.ts";
import type { Match, Pattern } from "../support/pattern.ts";

export const replace = defineFieldDecorator({
  name: "replace",
  summary: "Replaces what a pattern matches, or a text, within texts.",
  options: {
    pattern: patternOption()
      .optional()
      .describe("A regular expression of RE2's syntax, which takes linear time; (?i) in front ignores case."),
    text: z
      .string()
      .min(1, "must not be empty")
      .optional()
      .describe("What to replace, to the letter: instead of a pattern."),
    with: z
      .string()
      .max(10_000)
      .describe(
        "What comes in place; with a pattern, $1 is its first group, $0 the whole match, $$ a dollar sign.",
      ),
    all: z.boolean().default(true).describe("All that match; else the first alone."),
  },
  eachElement: true,
  examples: [
    {
      shows: "a pattern's groups come in another order",
      with: { field: "day", pattern: "(\\d{4})-(\\d\\d)-(\\d\\d)", with: "$3.$2.$1" },
      given: { data: { day: "from 2026-01-31 on" } },
      expect: [{ data: { day: "from 31.01.2026 on" } }],
    },
    {
      shows: "a text to the letter, everywhere",
      with: { field: "path", text: "..", with: "$1" },
      given: { data: { path: "a..b..c" } },
      expect: [{ data: { path: "a$1b$1c" } }],
    },
    {
      shows: "the first alone, whatever its case",
      with: { field: "name", pattern: "(?i)ltd", with: "Limited", all: false },
      given: { data: { name: "Lamps LTD, ltd" } },
      expect: [{ data: { name: "Lamps Limited, ltd" } }],
    },
    {
      shows: "a pattern that other engines never come to an end with",
      with: { field: "a", pattern: "(a+)+$", with: "b" },
      given: { data: { a: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" } },
      expect: [{ data: { a: "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!" } }],
    },
  ],
  make({ pattern, text, with: replacement, all }, preparation) {
    if ((pattern === undefined) === (text === undefined)) preparation.fault([], "has either pattern or text");
    const parts = replacementParts(replacement, pattern?.groupCount ?? 0);
    if (pattern !== undefined && parts === undefined) {
      preparation.fault(["with"], "refers to a group that the pattern does not have");
    }
    const substitute =
      pattern === undefined ? literally(text ?? "", replacement, all) : byPattern(pattern, parts ?? [], all);
    return (value) => {
      if (typeof value !== "string") throw new Reject("is no text.");
      return substitute(value);
    };
  },
});

/** Texts and numbers of groups; undefined when there is no such group. */
function replacementParts(replacement: string, groups: number): (string | number)[] | undefined {
  const parts = replacement.split(/(\$\$|\$\d{1,2})/).map((part) => {
    if (part === "$$") return "$";
    return /^\$\d/.test(part) ? Number(part.slice(1)) : part;
  });
  return parts.some((part) => typeof part === "number" && part > groups) ? undefined : parts;
}

function literally(text: string, replacement: string, all: boolean): (value: string) => string {
  return (value) => {
    const pieces = value.split(text);
    const count = all ? pieces.length - 1 : Math.min(1, pieces.length - 1);
    checkLength(value.length + count * (replacement.length - text.length));
    if (all) return pieces.join(replacement);
    return count === 0 ? value : `${pieces[0] ?? ""}${replacement}${pieces.slice(1).join(text)}`;
  };
}

function byPattern(
  pattern: Pattern,
  parts: readonly (string | number)[],
  all: boolean,
): (value: string) => string {
  return (value) => {
    let changed = "";
    let end = 0;
    for (const match of pattern.matches(value)) {
      changed += value.slice(end, match.start) + expand(parts, match);
      end = match.end;
      checkLength(changed.length);
      if (!all) break;
    }
    return end === 0 && changed === "" ? value : changed + value.slice(end);
  };
}

function expand(parts: readonly (string | number)[], { groups }: Match): string {
  return parts.map((part) => (typeof part === "number" ? (groups[part] ?? "") : part)).join("");
}

function checkLength(length: number): void {
  if (length > TEXT_CHARS_MAX) throw new Reject("becomes too long a text.");
}
