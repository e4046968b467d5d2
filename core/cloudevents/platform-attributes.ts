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

/** How many topics the event has gone through: pipelines that publish to each other must not do so for ever. */
const HOPS = "umbelhops";

/** The pipeline that published the event. */
export const VIA = "umbelvia";

/**
 * The event's data is for whom it is delivered to, and for nobody who looks things up: a code, for instance. What the platform
 * keeps of it, in `_events` and in dead letters, is without its data.
 */
const CONFIDENTIAL = "umbelconfidential";

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

/** The event, with the mark that its data is kept nowhere where it could be looked up. */
export function confidential(event: CloudEvent): CloudEvent {
  return { ...event, [CONFIDENTIAL]: true };
}

export function isConfidential(event: { readonly [attribute: string]: unknown }): boolean {
  return event[CONFIDENTIAL] === true;
}

/** The event without its data. */
export function withoutData(event: CloudEvent): CloudEvent {
  const { data: _data, data_base64: _bytes, datacontenttype: _type, ...others } = event;
  const { specversion, id, source, type } = event;
  return { ...others, specversion, id, source, type };
}

/** Topics that the event has gone through before this one. */
export function hopsOf(event: CloudEvent): number {
  const hops = event[HOPS];
  return typeof hops === "number" && hops > 0 ? hops : 0;
}

/** The pipeline that published the event; undefined: it came from outside. */
export function viaOf(event: CloudEvent): string | undefined {
  const via = event[VIA];
  return typeof via === "string" ? via : undefined;
}

/**
 * For a sink that publishes: the event as another topic takes it, with where it has been and nothing else of the
 * platform's but whether it is confidential. `hops`, and that, are those of the event that it was made of.
 */
export function published(
  event: CloudEvent,
  pipeline: string,
  from: { hops: number; confidential?: boolean },
): CloudEvent {
  const made = { ...withoutPlatformAttributes(event), [HOPS]: from.hops + 1, [VIA]: pipeline };
  return from.confidential === true ? confidential(made) : made;
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
