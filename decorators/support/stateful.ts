/** What steps that keep state about events know them by. */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import type { DecoratorContext } from "../contract.ts";
import { readAll } from "./access.ts";
import { canonicalJson } from "./canonical-json.ts";
import { digest, toBase64Url } from "./digest.ts";
import type { EventPath } from "./path.ts";

/**
 * The values at some paths as one key, different for different values. A hash, so that a long one costs no more than
 * a short one, and what people are known by is not kept once more.
 */
export async function keyOf(event: CloudEvent, paths: readonly EventPath[]): Promise<string> {
  const values = paths.map((path) => readAll(event, path));
  return toBase64Url((await digest("SHA-256", canonicalJson(values))).subarray(0, 16));
}

/** Who claims: this acceptance of the event, and of what it was split into this one. */
export function ownerOf(event: CloudEvent, { occurrence }: DecoratorContext): string {
  return `${occurrence}/${event.id}`;
}
