/** Takes out of events what must not go on. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { isObject } from "../../core/document/values.ts";
import { defineDecorator, Reject, type DecoratorContext } from "../contract.ts";
import { ELEMENTS_MAX } from "../limits.ts";
import { rewrite, withData } from "../support/access.ts";
import { DETECTORS, findSpans, type Detector } from "../support/detectors.ts";
import { Signer, toHex } from "../support/digest.ts";
import { keyOption, pathsOption, patternOption } from "../support/options.ts";
import { removeProblem, writeProblem, type EventPath } from "../support/path.ts";
import { canonicalJson } from "../support/canonical-json.ts";

const KINDS = ["email", "iban", "card", "ip", "phone"] as const satisfies (keyof typeof DETECTORS)[];
const PATTERNS_MAX = 16;

/** Hexadecimal digits of a hash that stay: 64 bits, so that among a million values no two are the same. */
const HASH_CHARS = 16;

export const redact = defineDecorator({
  name: "redact",
  summary:
    "Takes out of an event what must not go on: fields, and what is found in its texts, such as e-mail addresses and card numbers. What is not there is no error.",
  options: z
    .strictObject({
      fields: pathsOption().optional().describe("Whole values; items[*].email is that of each item."),
      detect: z
        .array(z.enum(KINDS))
        .min(1)
        .optional()
        .describe(
          "What is looked for in texts: email; iban and card, by their check digits; ip, of version 4 and 6; phone, with a country's or an area's code.",
        ),
      patterns: z
        .array(
          z.strictObject({
            name: z
              .string()
              .regex(/^[a-z][a-z0-9-]{0,31}$/, "must be lower-case letters, digits and - alone")
              .describe("What a label says."),
            pattern: patternOption().describe("A regular expression of RE2's syntax."),
          }),
        )
        .min(1)
        .max(PATTERNS_MAX)
        .optional()
        .describe("What else is looked for."),
      within: pathsOption().optional().describe("Where it is looked for; absent: in all texts of the data."),
      mode: z
        .enum(["label", "mask", "hash", "remove"])
        .default("label")
        .describe(
          "What comes in place: [email], or [redacted] for a field; stars; a keyed hash, by which the same values can still be told to be the same; or nothing.",
        ),
      keepLast: z
        .number()
        .int()
        .min(0)
        .max(8)
        .default(0)
        .describe("How many characters at the end stars leave: of half as many at most."),
      key: keyOption()
        .optional()
        .describe('For hashes: a text, or {"secret": "NAME"} for the secret UMBEL_SECRET_NAME.'),
    })
    .refine(
      ({ fields, detect, patterns }) => (fields ?? detect ?? patterns) !== undefined,
      "names something to redact, in fields, detect or patterns",
    )
    .refine(({ mode, key }) => (mode === "hash") === (key !== undefined), {
      path: ["key"],
      message: "is needed for hashes, and for them alone: without a key they can be guessed",
    })
    .refine(({ within, detect, patterns }) => within === undefined || (detect ?? patterns) !== undefined, {
      path: ["within"],
      message: "has no meaning without detect or patterns",
    }),
  examples: [
    {
      shows: "what people are known by, wherever it is",
      with: { detect: ["email", "card", "iban", "ip", "phone"] },
      given: {
        data: {
          note: "Ada (ada@example.org, +49 228 1234567) paid with 4111 1111 1111 1111",
          lines: [
            "DE89 3704 0044 0532 0130 00",
            "from 203.0.113.7 and 2001:db8::7",
            "order 4111 1111 1111 1112",
          ],
        },
      },
      expect: [
        {
          data: {
            note: "Ada ([email], [phone]) paid with [card]",
            lines: ["[iban]", "from [ip] and [ip]", "order 4111 1111 1111 1112"],
          },
        },
      ],
    },
    {
      shows: "fields as a whole; what is not there is no error",
      with: { fields: ["password", "items[*].note", "missing"] },
      given: { data: { password: "x", items: [{ note: { a: 1 } }, {}] } },
      expect: [{ data: { password: "[redacted]", items: [{ note: "[redacted]" }, {}] } }],
    },
    {
      shows: "stars that leave the last characters",
      with: { fields: "card", mode: "mask", keepLast: 4 },
      given: { data: { card: "4111111111111111" } },
      expect: [{ data: { card: "************1111" } }],
    },
    {
      shows: "a keyed hash, the same for the same value",
      with: { fields: ["user", "friend"], mode: "hash", key: "k" },
      given: { data: { user: "ada", friend: "ada" } },
      expect: [{ data: { user: "16ae9ecd91203823", friend: "16ae9ecd91203823" } }],
    },
    {
      shows: "a pattern of one's own, in some fields, taken out altogether",
      with: { patterns: [{ name: "ticket", pattern: "T-\\d+ ?" }], within: "title", mode: "remove" },
      given: { data: { title: "T-12 Lamp", body: "T-12" } },
      expect: [{ data: { title: "Lamp", body: "T-12" } }],
    },
  ],
  make({ fields = [], detect = [], patterns = [], within, mode, keepLast, key }, preparation) {
    for (const [name, paths] of Object.entries({ fields, within: within ?? [] })) {
      for (const path of paths) {
        const problem = mode === "remove" ? removeProblem(path) : writeProblem(path);
        if (problem !== undefined) preparation.fault([name], problem);
      }
    }
    const detectors = [
      ...KINDS.filter((kind) => detect.includes(kind)).map((kind) => ({
        kind,
        find: DETECTORS[kind] as Detector,
      })),
      ...patterns.map(({ name, pattern }) => ({ kind: name, find: (text: string) => pattern.matches(text) })),
    ];
    const apply = (event: CloudEvent, instead: Instead) =>
      redactAll(event, fields, within, detectors, instead);
    if (mode !== "hash") {
      const instead: Instead =
        mode === "mask"
          ? (text) => mask(text, keepLast)
          : (_, kind) => (mode === "label" ? `[${kind}]` : undefined);
      return (event) => apply(event, instead);
    }
    const signer = new Signer("SHA-256", key ?? "");
    return (event, context) => hashAll(event, apply, signer, context);
  },
});

/** What comes in place of a text; undefined: nothing. */
type Instead = (text: string, kind: string) => string | undefined;

function redactAll(
  event: CloudEvent,
  fields: readonly EventPath[],
  within: readonly EventPath[] | undefined,
  detectors: readonly { kind: string; find: Detector }[],
  instead: Instead,
): CloudEvent {
  let redacted = event;
  for (const path of fields) {
    // A type is needed, and null says nothing of anybody.
    redacted = rewrite(redacted, path, (value) =>
      value === null ? null : instead(typeof value === "string" ? value : canonicalJson(value), "redacted"),
    );
  }
  if (detectors.length === 0) return redacted;
  const inTexts = (value: unknown) => rewriteTexts(value, (text) => redactText(text, detectors, instead));
  for (const path of within ?? []) redacted = rewrite(redacted, path, inTexts);
  if (within !== undefined || redacted.data === undefined) return redacted;
  const data = inTexts(redacted.data);
  return data === redacted.data ? redacted : withData(redacted, data);
}

/**
 * Hashing is asynchronous in Web Crypto, and changing an event is not: it is gone through once to see what is to be
 * hashed, and once more when the hashes are there.
 */
async function hashAll(
  event: CloudEvent,
  apply: (event: CloudEvent, instead: Instead) => CloudEvent,
  signer: Signer,
  context: DecoratorContext,
): Promise<CloudEvent> {
  const hashes = new Map<string, string>();
  apply(event, (text) => {
    hashes.set(text, "");
    if (hashes.size > ELEMENTS_MAX) throw new Reject(`More than ${ELEMENTS_MAX} values are to be hashed.`);
    return text;
  });
  await Promise.all(
    [...hashes.keys()].map(async (text) => {
      hashes.set(text, toHex(await signer.sign(text, context)).slice(0, HASH_CHARS));
    }),
  );
  return apply(event, (text) => hashes.get(text));
}

/** Every text in a value, with what `change` makes of it; the same value where nothing changes. Names of fields stay. */
function rewriteTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) {
    const elements = value.map((element: unknown) => rewriteTexts(element, change));
    return elements.some((element, index) => element !== value[index]) ? elements : value;
  }
  if (!isObject(value)) return value;
  let differs = false;
  const entries = Object.entries(value).map(([name, member]): [string, unknown] => {
    const changed = rewriteTexts(member, change);
    if (changed !== member) differs = true;
    return [name, changed];
  });
  return differs ? Object.fromEntries(entries) : value;
}

function redactText(
  text: string,
  detectors: readonly { kind: string; find: Detector }[],
  instead: Instead,
): string {
  const spans = findSpans(text, detectors);
  let redacted = "";
  let end = 0;
  for (const span of spans) {
    redacted += text.slice(end, span.start) + (instead(text.slice(span.start, span.end), span.kind) ?? "");
    end = span.end;
  }
  return end === 0 ? text : redacted + text.slice(end);
}

function mask(text: string, keepLast: number): string {
  const characters = Array.from(text);
  const kept = Math.min(keepLast, Math.floor(characters.length / 2));
  return "*".repeat(characters.length - kept) + characters.slice(characters.length - kept).join("");
}
