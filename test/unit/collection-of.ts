/** Collections for tests that need one. */
import type { Collection } from "../../core/collection.ts";
import { evenSlotMap } from "../../core/slots.ts";

/** A collection of 4 shards with a field of each type, but for what a test says of it. */
export function collectionOf(differences: Partial<Collection> = {}): Collection {
  const shards = differences.shards ?? 4;
  return {
    name: "films",
    id: "01HZ0000000000000000000000",
    epoch: 1,
    layout: "documents",
    shards,
    replicas: 1,
    fields: {
      title: { type: "text", boost: 2, language: "english" },
      plot: { type: "text" },
      genre: { type: "keyword" },
      year: { type: "number" },
      released: { type: "date" },
      adult: { type: "boolean" },
    },
    slots: evenSlotMap(shards),
    createdAt: "2026-01-02T03:04:05.678Z",
    ...differences,
  };
}
