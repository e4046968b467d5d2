/** Phrases: documents that hold all terms, then their positions, document by document. */
import type { Postings } from "../postings.ts";
import { ListedPostings } from "./listed-postings.ts";

/** The documents where the terms of these postings follow one another, and how often; undefined: nowhere. */
export function matchPhrase(terms: readonly Postings[]): Postings | undefined {
  const seekers = terms.map((postings) => new Seeker(postings));
  const [rarest, ...others] = seekers.toSorted((a, b) => a.documents - b.documents);
  if (rarest === undefined) return undefined;
  const ordinals: number[] = [];
  const frequencies: number[] = [];
  const places = new Uint32Array(seekers.length);
  while (rarest.next()) {
    if (!allAt(others, rarest.ordinal)) continue;
    for (const seeker of seekers) seeker.readPositions();
    const frequency = countRuns(seekers, places);
    if (frequency === 0) continue;
    ordinals.push(rarest.ordinal);
    frequencies.push(frequency);
  }
  if (ordinals.length === 0) return undefined;
  return new ListedPostings(Uint16Array.from(ordinals), Uint32Array.from(frequencies));
}

function allAt(seekers: readonly Seeker[], ordinal: number): boolean {
  for (const seeker of seekers) if (!seeker.seek(ordinal)) return false;
  return true;
}

/** How often position p of the first term has p + 1 of the second, p + 2 of the third, and so on. */
function countRuns(seekers: readonly Seeker[], places: Uint32Array): number {
  places.fill(0);
  const { found, count } = seekers[0] as Seeker; // a phrase has words
  let runs = 0;
  for (let at = 0; at < count; at++) if (runsFrom(found[at] as number, seekers, places)) runs += 1; // in bounds, as below
  return runs;
}

/** Starts come rising; `places` is where the other terms' positions were left. */
function runsFrom(start: number, seekers: readonly Seeker[], places: Uint32Array): boolean {
  for (let index = 1; index < seekers.length; index++) {
    const { found, count } = seekers[index] as Seeker;
    const wanted = start + index;
    let at = places[index] as number;
    while (at < count && (found[at] as number) < wanted) at++;
    places[index] = at;
    if (at === count || found[at] !== wanted) return false;
  }
  return true;
}

/** Walks one term's postings forward, a document at a time. */
class Seeker {
  ordinal = -1;
  private readonly postings: Postings;
  private index = -1;
  /** The positions that were read last: the first `count`. */
  found = new Uint32Array(64);
  count = 0;

  constructor(postings: Postings) {
    this.postings = postings;
  }

  get documents(): number {
    return this.postings.documents;
  }

  next(): boolean {
    const { postings } = this;
    this.index += 1;
    if (this.index >= postings.count && !this.nextBlock()) return false;
    this.ordinal = postings.ordinals[this.index] ?? 0;
    return true;
  }

  /** Goes to a document, or to the first behind it; ordinals come rising. */
  seek(ordinal: number): boolean {
    const { postings } = this;
    if (postings.count === 0 && !this.nextBlock()) return false;
    if (postings.last < ordinal) {
      while (postings.last < ordinal) if (!postings.next()) return false;
      this.decode();
    }
    let index = Math.max(0, this.index);
    const { ordinals, count } = postings;
    while (index < count && (ordinals[index] as number) < ordinal) index++;
    this.index = index;
    return index < postings.count && postings.ordinals[index] === ordinal;
  }

  readPositions(): void {
    const frequency = this.postings.frequencies[this.index] ?? 0;
    if (frequency > this.found.length) this.found = new Uint32Array(2 * frequency);
    this.count = this.postings.readPositions(this.index, this.found);
  }

  private nextBlock(): boolean {
    if (!this.postings.next()) return false;
    this.decode();
    return true;
  }

  private decode(): void {
    this.postings.decodeOrdinals();
    this.postings.decodeFrequencies();
    this.index = 0;
  }
}
