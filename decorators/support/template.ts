/** Texts with places for what an event holds: `Order {{id}} of {{customer.name}}`. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { Reject } from "../contract.ts";
import { TEXT_CHARS_MAX } from "../limits.ts";
import { read } from "./access.ts";
import { isPlural, parsePath, type EventPath } from "./path.ts";

export type Template = (event: CloudEvent) => string;

const TEMPLATE_CHARS_MAX = 10_000;

/** What is not there, or null, leaves nothing; objects and arrays are written as JSON. */
export function templateOption() {
  return z
    .string()
    .max(TEMPLATE_CHARS_MAX)
    .transform((text, context): Template => {
      const parts: (string | EventPath)[] = [];
      for (const [index, part] of text.split(/\{\{([^{}]*)\}\}/).entries()) {
        // Of what split answers, every second part is what stood between braces.
        if (index % 2 === 0) {
          parts.push(part);
          continue;
        }
        const parsed = parsePath(part.trim());
        if (!parsed.ok) context.addIssue({ code: "custom", message: parsed.message });
        else if (isPlural(parsed.path))
          context.addIssue({ code: "custom", message: `${part} names several places` });
        else parts.push(parsed.path);
      }
      return (event) => fill(parts, event);
    });
}

function fill(parts: readonly (string | EventPath)[], event: CloudEvent): string {
  let text = "";
  for (const part of parts) text += typeof part === "string" ? part : textOf(read(event, part));
  if (text.length > TEXT_CHARS_MAX) throw new Reject("The text becomes too long.");
  return text;
}

/** A JSON value as text: a text is itself, nothing and null are empty. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined || value === null ? "" : JSON.stringify(value);
}
