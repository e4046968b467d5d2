/**
 * Extension attributes that the platform itself gives to an event, to travel with it from Worker to Worker. Their names
 * begin with `umbel`. Nobody outside can give one to an event, and none leaves the platform: the root removes them
 * from what comes in, and sinks from what goes out.
 */
import { isObject } from "../document/values.ts";
import type { CloudEvent } from "./event.ts";
import { decodeOrigin, encodeOrigin, type Origin } from "./origin.ts";

const PREFIX = "umbel";

/** Where the event's request came from: JSON of an `Origin`. The root sets it, the first step's context has it. */
const ORIGIN = "umbelorigin";

/** Where the event goes instead of its pipeline's sinks: JSON of a list of `RouteTarget`. The decorator `route` sets it. */
const ROUTE = "umbelroute";

/** A place that an event can be routed to. */
export type RouteTarget = { collection: string } | { topic: string };

export function isPlatformAttribute(name: string): boolean {
  return name.startsWith(PREFIX);
}

/** The event without any platform attribute: as it came, and as it leaves. The same object where there is none. */
export function withoutPlatformAttributes(event: CloudEvent): CloudEvent {
  for (const name in event) {
    if (!isPlatformAttribute(name)) continue;
    const { specversion, id, source, type } = event;
    const others = Object.entries(event).filter(([attribute]) => !isPlatformAttribute(attribute));
    return { ...Object.fromEntries(others), specversion, id, source, type };
  }
  return event;
}

/** For the root: the event as it is accepted, with where it came from, and with nothing that its sender forged. */
export function withOrigin(event: CloudEvent, origin: Origin): CloudEvent {
  return { ...withoutPlatformAttributes(event), [ORIGIN]: encodeOrigin(origin) };
}

/** For the runner, before the first step: the event without its origin, and the origin for the context. */
export function takeOrigin(event: CloudEvent): { event: CloudEvent; origin?: Origin } {
  const { [ORIGIN]: text, ...others } = event;
  if (text === undefined) return { event };
  const origin = decodeOrigin(text);
  const { specversion, id, source, type } = event;
  const rest: CloudEvent = { ...others, specversion, id, source, type };
  return origin === undefined ? { event: rest } : { event: rest, origin };
}

export function withRoute(event: CloudEvent, targets: readonly RouteTarget[]): CloudEvent {
  return { ...event, [ROUTE]: JSON.stringify(targets) };
}

/** For delivery: where the event goes instead of its pipeline's sinks. Undefined: it was not routed. */
export function routeOf(event: CloudEvent): RouteTarget[] | undefined {
  const text = event[ROUTE];
  if (typeof text !== "string") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return Array.isArray(value) && value.every(isTarget) ? value : undefined;
}

function isTarget(value: unknown): value is RouteTarget {
  return isObject(value) && (typeof value["collection"] === "string" || typeof value["topic"] === "string");
}
