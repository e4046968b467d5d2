/** What a collection is: its declaration, and the descriptor that the Catalog keeps and every Worker reads. */
import type { Language } from "./analysis/stem.ts";
import type { FaultPlan } from "./contracts/faults.ts";
import type { Building } from "./contracts/resharding.ts";
import type { CollectionRef } from "./contracts/search.ts";
import type { SlotRange } from "./slots.ts";

export type FieldType = "text" | "keyword" | "number" | "date" | "boolean";

export interface FieldSpec {
  type: FieldType;
  /**
   * How much a match in this text field counts against the others. Where one of those that are searched has a boost, 1
   * when absent; where none has, shorter fields count more (`fieldBoosts` in core/query/bm25.ts).
   */
  boost?: number;
  /** How this text field's words are stemmed; absent: folded, not stemmed. */
  language?: Language;
}

/** Declared fields by dotted path. What is not declared is stored, and nothing else. */
export type Fields = Record<string, FieldSpec>;

export const LAYOUTS = ["documents", "terms", "replicas"] as const;
export type Layout = (typeof LAYOUTS)[number];

/** What a caller declares. */
export interface CollectionSpec {
  layout: Layout;
  shards: number;
  /** Copies of each shard: 1 is the primary alone. */
  replicas: number;
  /**
   * In the layout `replicas`: the shards and replicas that were declared, whose product is the number of leaves. To what keeps and reads
   * documents it is one shard with as many replicas.
   */
  declared?: { shards: number; replicas: number };
  fields: Fields;
  /** The pipeline whose steps documents go through before they are stored. */
  pipeline?: string;
  /** The pipeline whose steps searches go through before they are run. */
  searchPipeline?: string;
}

/** The descriptor: a declaration with its identity and its place. Plain data; crosses Workers. */
export interface Collection extends CollectionSpec {
  name: string;
  /** New for every creation, so that a collection made again under a name never meets its predecessor's data. */
  id: string;
  /** Rises whenever the slot map, the fields or the replicas change. A leaf refuses a request of another epoch. */
  epoch: number;
  slots: SlotRange[];
  createdAt: string;
  /** In the layout `terms`, by which language terms are grouped (core/term-ownership.ts). It never changes. */
  termLanguage?: Language;
  /** Which leaves serve it: another number of shards is another generation of leaves. Absent: the first. */
  generation?: number;
  /** The epoch since which this generation serves it. Absent: the first. */
  since?: number;
  /** By shard, the sequence that a replica must have reached to serve: what the shard held when this generation took over. */
  floors?: Record<number, number>;
  /** The generation that is to take its place. */
  building?: Building;
  /** By shard, the sequence that a read must see at least. The root puts it there for a request; it is never kept. */
  minSequences?: Record<number, number>;
  /** It has used up its budget: searches are refused. The Catalog puts it there; it is never kept. */
  overBudget?: true;
  /** What is to go wrong with its leaves. The root puts it there, where faults are switched on; it is never kept. */
  faults?: FaultPlan;
}

/** 31 branches of six leaves are one wave of a scatter; more shards than that would always take two. */
export const SHARDS_MAX = 186;
export const SHARDS_DEFAULT = 4;

/**
 * Shards of a collection in the layout `terms`: each of as many term leaves follows each of them, with a live segment in memory, and every
 * batch is a row in each.
 */
export const TERM_SHARDS_MAX = 32;

/**
 * Copies of a shard, the primary among them. Each costs the writes and the room of the first; with five that fail once in a
 * hundred, one in ten thousand million reads finds none.
 */
export const REPLICAS_MAX = 5;

/** Leaves in the layout `replicas`: each has every write, and a scan is hardly faster with more. */
export const REPLICA_LEAVES_MAX = 32;
/** The leaves that a collection is made with. */
const FIRST_GENERATION = 0;

/** Declared fields: each costs a column in every leaf, and SQLite's tables end at 100 bound parameters here. */
export const FIELDS_MAX = 64;

/** The reference by which branches and leaves know a collection. */
export function refOf({ id, epoch, replicas, generation, minSequences, faults }: Collection): CollectionRef {
  return {
    id,
    epoch,
    replicas,
    ...(generation === undefined ? {} : { generation }),
    ...(minSequences === undefined ? {} : { minSequences }),
    ...(faults === undefined ? {} : { faults }),
  };
}

/** The reference to those of its leaves that are being built. */
export function buildingRefOf({ id, epoch, replicas }: Collection, { generation }: Building): CollectionRef {
  return { id, epoch, replicas, generation };
}

/** The number of a generation of leaves; a collection that was never resharded has none written down. */
export function generationOf({ generation }: { generation?: number }): number {
  return generation ?? FIRST_GENERATION;
}

/** A collection of which a shard is read that has answered before, and must not have anything older than it had then. */
export function notBefore<T extends Pick<Collection, "minSequences">>(
  collection: T,
  sequences: ReadonlyMap<number, number>,
): T {
  const minSequences = { ...collection.minSequences };
  for (const [shard, sequence] of sequences)
    minSequences[shard] = Math.max(minSequences[shard] ?? 0, sequence);
  return { ...collection, minSequences };
}

/** The declared fields of one type or more, in the order of their declaration. */
export function fieldsOfType(fields: Fields, ...types: FieldType[]): string[] {
  return Object.entries(fields)
    .filter(([, spec]) => types.includes(spec.type))
    .map(([name]) => name);
}
