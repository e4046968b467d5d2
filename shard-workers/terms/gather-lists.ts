/**
 * What the leaf that ranks, "home", gets from the others. Home is the leaf with most of the query's postings; the others ship theirs to
 * it, so that the longest never travel. A document that has to match several clauses is looked for from the rarest on: each leaf
 * ships only what is left by the leaves before it.
 */
import type { ErrorCode, Result } from "../../core/errors.ts";
import type { TermPlan } from "../../core/contracts/terms.ts";
import { packVersions } from "../segment/versions.ts";
import { listName, onlyLeaf, phraseTermName, type ClauseParts } from "./clause-parts.ts";
import type { PostingList } from "./posting-list.ts";
import { listsOf, ship, unpackShipped, type ShipRequest, type Shipped, type TrackSegments } from "./ship.ts";

/** What another leaf answers: what it shipped, and the sequences that it stands on. */
export type ShipAnswer = Result<Shipped & { sequences: number[] }>;

export interface GatherSetting {
  home: number;
  plan: TermPlan;
  parts: readonly ClauseParts[];
  /** By leaf and clause, about how many postings there are. */
  weights: ReadonlyMap<number, readonly number[]>;
  /** The tracks of home, as they are when this is called. */
  tracks: () => readonly TrackSegments[];
  shards: number;
  /** Leaves that can't be had: they are not asked. */
  lost: ReadonlySet<number>;
  ask: (leaf: number, request: ShipRequest, candidates: Uint8Array[] | undefined) => Promise<ShipAnswer>;
}

export interface GatheredLists {
  foreign: Map<string, Map<string, PostingList>>[];
  /** By clause, in how many documents it is, where one other leaf has all of it. */
  frequencies: Map<number, number>;
  /** Of each leaf that answered. */
  sequences: number[][];
  failed: { leaf: number; code: ErrorCode }[];
}

export async function gatherLists(setting: GatherSetting): Promise<GatheredLists> {
  const gathering = new Gathering(setting);
  // 1. What has to match, from the rarest on, each narrowed by those before.
  for (const { leaf, clauses } of mustGroups(setting)) await gathering.narrow(leaf, clauses);
  // 2. The rest, side by side.
  await gathering.rest();
  return gathering.gathered;
}

interface MustGroup {
  leaf: number;
  clauses: number[];
}

/** Clauses that have to match and are one leaf's, by leaf, the leaf with the rarest first. Behind the last other leaf, home is left out. */
function mustGroups({ home, plan, parts, weights, lost }: GatherSetting): MustGroup[] {
  const groups = new Map<number, number[]>();
  for (const part of parts) {
    const leaf = onlyLeaf(part);
    if (leaf === undefined || lost.has(leaf) || plan.clauses[part.clause]?.occur !== "must") continue;
    groups.set(leaf, [...(groups.get(leaf) ?? []), part.clause]);
  }
  const rarest = (leaf: number, clauses: readonly number[]): number =>
    Math.min(...clauses.map((clause) => weights.get(leaf)?.[clause] ?? 0));
  const sorted = [...groups]
    .map(([leaf, clauses]) => ({ leaf, clauses, weight: rarest(leaf, clauses) }))
    .toSorted((a, b) => a.weight - b.weight || a.leaf - b.leaf);
  // Home has its own when it ranks; before, it only narrows what others ship.
  const last = sorted.at(-1);
  return last?.leaf === home && !restIsNarrowed(parts, home, plan) ? sorted.slice(0, -1) : sorted;
}

/** Whether there are clauses of other leaves, which need not match, and are worth narrowing. */
function restIsNarrowed(parts: readonly ClauseParts[], home: number, plan: TermPlan): boolean {
  return parts.some((part) => {
    const leaf = onlyLeaf(part);
    return leaf !== undefined && leaf !== home && plan.clauses[part.clause]?.occur !== "must";
  });
}

class Gathering {
  readonly gathered: GatheredLists;
  private readonly setting: GatherSetting;
  /** By shard, what matches all that was narrowed by; undefined: everything. */
  private candidates: Uint8Array[] | undefined;
  private readonly done = new Set<number>();

  constructor(setting: GatherSetting) {
    this.setting = setting;
    this.gathered = {
      foreign: Array.from({ length: setting.shards }, () => new Map<string, Map<string, PostingList>>()),
      frequencies: new Map(),
      sequences: [],
      failed: [],
    };
  }

  async narrow(leaf: number, musts: number[]): Promise<void> {
    const request: ShipRequest = { plan: this.matchPlan, musts, others: [], whole: [], phraseTerms: [] };
    for (const clause of musts) this.done.add(clause);
    const { home, tracks, shards } = this.setting;
    const first =
      leaf === home
        ? this.unpack(request, ship(tracks(), request, this.candidates))
        : await this.ask(leaf, request);
    // Whatever its documents are, the first list names all of them that are left.
    const [list] = first ?? [];
    if (list === undefined) return;
    this.candidates = Array.from({ length: shards }, (_, shard) =>
      packVersions(versionsOf(first ?? [], shard)),
    );
  }

  async rest(): Promise<void> {
    const { parts, home, lost } = this.setting;
    const isAsked = (leaf: number): boolean => leaf !== home && !lost.has(leaf);
    const requests = new Map<number, ShipRequest>();
    const requestTo = (leaf: number): ShipRequest => {
      const known = requests.get(leaf) ?? {
        plan: this.matchPlan,
        musts: [],
        others: [],
        whole: [],
        phraseTerms: [],
      };
      requests.set(leaf, known);
      return known;
    };
    for (const part of parts) {
      if (this.done.has(part.clause)) continue;
      const whole = onlyLeaf(part) === undefined;
      for (const leaf of part.evaluators) {
        if (!isAsked(leaf)) continue;
        const request = requestTo(leaf);
        (whole ? request.whole : request.others).push(part.clause);
      }
      for (const [leaf, terms] of part.phraseTerms)
        if (isAsked(leaf)) requestTo(leaf).phraseTerms.push(...terms);
    }
    await Promise.all([...requests].map(([leaf, request]) => this.ask(leaf, request)));
  }

  private get matchPlan(): ShipRequest["plan"] {
    const { clauses, searched } = this.setting.plan;
    return { clauses, searched };
  }

  private async ask(leaf: number, request: ShipRequest): Promise<PostingList[][] | undefined> {
    const answer = await this.setting.ask(leaf, request, this.candidates);
    if (!answer.ok) {
      this.gathered.failed.push({ leaf, code: answer.code });
      return undefined;
    }
    this.gathered.sequences.push(answer.sequences);
    for (const [at, clause] of [...request.musts, ...request.others].entries())
      this.gathered.frequencies.set(clause, answer.frequencies[at] ?? 0);
    const unpacked = this.unpack(request, answer);
    for (const [at, { field, clause, phraseTerm }] of listsOf(request).entries()) {
      const name = phraseTerm === undefined ? listName(clause, leaf) : phraseTermName(phraseTerm);
      for (const [shard, list] of (unpacked[at] ?? []).entries()) this.keep(shard, field, name, list);
    }
    return unpacked;
  }

  private unpack(request: ShipRequest, { lists }: Shipped): PostingList[][] {
    return unpackShipped(lists, listsOf(request), this.setting.shards);
  }

  private keep(shard: number, field: string, name: string, list: PostingList): void {
    const fields = this.gathered.foreign[shard];
    if (fields === undefined || list.versions.length === 0) return;
    const lists = fields.get(field) ?? new Map<string, PostingList>();
    fields.set(field, lists.set(name, list));
  }
}

/** The documents of one shard that any of the lists has: lists are by field, and of one clause where there are several. */
function versionsOf(lists: readonly PostingList[][], shard: number): Float64Array {
  const versions = new Set<number>();
  for (const list of lists) for (const version of list[shard]?.versions ?? []) versions.add(version);
  return Float64Array.from(versions).toSorted();
}
