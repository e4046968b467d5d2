/** A segment with postings that came from other leaves, under names of their own, beside its own. */
import { ListedPostings } from "../segment/search/listed-postings.ts";
import type { Postings } from "../segment/postings.ts";
import type { Searchable, TextField } from "../segment/searchable.ts";
import { locateVersions, type LocatedVersions } from "../segment/versions.ts";
import { placesOf, type PostingList } from "./posting-list.ts";

/** By field and name, those of one shard. */
export type ForeignLists = ReadonlyMap<string, ReadonlyMap<string, PostingList>>;

/** The segment as it is, but that its fields also find what came from elsewhere. */
export function overlaid(segment: Searchable<null>, foreign: ForeignLists): Searchable<null> {
  let versions: ArrayLike<number> | undefined;
  // Each list is looked for more than once: for the statistics, and to rank.
  const located = new Map<PostingList, LocatedList>();
  const locate = (list: PostingList): LocatedList => {
    const known = located.get(list) ?? locateList(list, (versions ??= segment.allVersions()));
    located.set(list, known);
    return known;
  };
  const fields = new Map<string, TextField | undefined>();
  const overlay = (name: string): TextField | undefined => {
    const own = segment.field(name);
    const lists = foreign.get(name);
    if (own === undefined || lists === undefined) return own;
    // All but one method is the field's own: it is derived from it, not wrapped, so that no getter needs to be written anew.
    return Object.create(own, {
      find: {
        value: (term: string): Postings | undefined => {
          const list = lists.get(term);
          return list === undefined ? own.find(term) : open(list, locate(list));
        },
      },
    }) as TextField; // `own`, with another `find`
  };
  const field = (name: string): TextField | undefined => {
    if (!fields.has(name)) fields.set(name, overlay(name));
    return fields.get(name);
  };
  return Object.create(segment, { field: { value: field } }) as Searchable<null>; // `segment`, with another `field`
}

/** A list's documents in one segment. */
interface LocatedList extends LocatedVersions {
  frequencies: Uint32Array;
}

function locateList(list: PostingList, versions: ArrayLike<number>): LocatedList {
  const { ordinals, places } = locateVersions(versions, list.versions);
  const frequencies = new Uint32Array(places.length);
  for (let at = 0; at < places.length; at++) frequencies[at] = list.frequencies[places[at] ?? 0] ?? 0;
  return { ordinals, places, frequencies };
}

function open(list: PostingList, { ordinals, places, frequencies }: LocatedList): Postings | undefined {
  if (ordinals.length === 0) return undefined;
  if (list.positions === undefined) return new ListedPostings(ordinals, frequencies);
  return new PlacedPostings(ordinals, frequencies, places, list);
}

/** Listed postings that have positions. */
class PlacedPostings extends ListedPostings {
  private readonly places: Uint32Array;
  private readonly positions: Uint32Array;
  /** Where each posting of the list has its positions. */
  private readonly starts: Uint32Array;

  constructor(ordinals: Uint16Array, frequencies: Uint32Array, places: Uint32Array, list: PostingList) {
    super(ordinals, frequencies);
    this.places = places;
    this.positions = list.positions ?? new Uint32Array(0);
    this.starts = new Uint32Array(list.frequencies.length);
    let start = 0;
    for (const [at, frequency] of list.frequencies.entries()) {
      this.starts[at] = start;
      start += placesOf(frequency);
    }
  }

  override readPositions(index: number, into: Uint32Array): number {
    const start = this.starts[this.places[this.at - this.count + index] ?? 0] ?? 0;
    const count = placesOf(this.frequencies[index] ?? 0);
    for (let at = 0; at < count; at++) into[at] = this.positions[start + at] ?? 0;
    return count;
  }
}
