/** The platform's services in memory, and a context that has them. */
import type { JsonObject } from "../../../core/document/values.ts";
import type { DecoratorContext } from "../../../decorators/contract.ts";
import type { Services } from "../../../decorators/services.ts";

export interface World {
  /** Documents by collection and id. */
  documents?: Record<string, Record<string, JsonObject>>;
  secrets?: Record<string, string>;
  /** The tokens of sign-ups that are not over. */
  tokens?: Record<string, string>;
  run?: Services["pipelines"]["run"];
  decorate?: Services["functions"]["decorate"];
  /** The clock, in epoch milliseconds. */
  now?: () => number;
}

export const EXAMPLE_NOW = Date.parse("2026-03-01T12:00:00Z");

export function memoryServices({
  documents = {},
  secrets = {},
  tokens = {},
  run,
  decorate,
  now,
}: World = {}): Services {
  const clock = now ?? (() => EXAMPLE_NOW);
  const claims = new Map<string, { owner: string; until: number }>();
  const buckets = new Map<string, { permits: number; at: number; held: Map<string, number> }>();
  return {
    documents: {
      read: async (collection, ids) => {
        const found = new Map(Object.entries(documents[collection] ?? {}));
        return ids.map((id) => found.get(id));
      },
    },
    pipelines: { run: run ?? (async (_, event) => [event]) },
    functions: { decorate: decorate ?? (async (_, event) => event) },
    claims: {
      claim: async ({ scope, key, owner, windowMs }) => {
        const name = JSON.stringify([scope, key]);
        const held = claims.get(name);
        if (held !== undefined && held.until > clock()) return held.owner === owner;
        claims.set(name, { owner, until: clock() + windowMs });
        return true;
      },
    },
    rates: {
      take: async ({ scope, key, owner, permits, intervalMs, burst }) => {
        const name = JSON.stringify([scope, key]);
        const bucket = buckets.get(name) ?? { permits: burst, at: clock(), held: new Map<string, number>() };
        buckets.set(name, bucket);
        if ((bucket.held.get(owner) ?? 0) > clock()) return 0;
        bucket.permits = Math.min(burst, bucket.permits + ((clock() - bucket.at) * permits) / intervalMs);
        bucket.at = clock();
        if (bucket.permits < 1) return Math.ceil(((1 - bucket.permits) * intervalMs) / permits);
        bucket.permits -= 1;
        bucket.held.set(owner, clock() + intervalMs);
        return 0;
      },
    },
    secrets: { get: (name) => new Map(Object.entries(secrets)).get(name) },
    signups: { tokenOf: async (signup) => new Map(Object.entries(tokens)).get(signup) },
  };
}

export function contextWith(change: Partial<DecoratorContext> = {}): DecoratorContext {
  return {
    topic: "examples",
    pipeline: "example",
    version: 1,
    attempt: 1,
    occurrence: "examples/1/0",
    acceptedAt: EXAMPLE_NOW - 1_000,
    now: EXAMPLE_NOW,
    calls: [],
    services: memoryServices(),
    ...change,
  };
}
