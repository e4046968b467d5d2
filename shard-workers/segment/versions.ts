/**
 * Sets of documents of one shard, as leaves tell each other of them: by their versions, which no two documents of a shard share, and
 * which tell an older state of a document from a newer. Versions of a batch follow one another, so that most gaps are a byte.
 */
import { ByteReader, ByteWriter } from "./bytes.ts";

/** Rising versions: how many, the first, and the gaps. */
export function packVersions(versions: ArrayLike<number>): Uint8Array {
  const writer = new ByteWriter(16 + 2 * versions.length);
  writer.varint(versions.length);
  let previous = 0;
  for (let at = 0; at < versions.length; at++) {
    const version = versions[at] ?? 0;
    writer.varint(version - previous);
    previous = version;
  }
  return writer.copy();
}

export function unpackVersions(bytes: Uint8Array): Float64Array {
  const reader = new ByteReader(bytes);
  const versions = new Float64Array(reader.varint());
  let version = 0;
  for (let at = 0; at < versions.length; at++) {
    version += reader.varint();
    versions[at] = version;
  }
  return versions;
}

/** Where in a segment documents are: their ordinals, rising, and each one's place among the versions looked for. */
export interface LocatedVersions {
  ordinals: Uint16Array;
  places: Uint32Array;
}

/** `all`: a segment's versions by ordinal; `wanted`: rising. Those that are not in the segment are left out. */
export function locateVersions(all: ArrayLike<number>, wanted: Float64Array): LocatedVersions {
  const room = Math.min(all.length, wanted.length);
  const ordinals = new Uint16Array(room);
  const places = new Uint32Array(room);
  let found = 0;
  let place = 0;
  const least = wanted[0] ?? Infinity;
  const most = wanted[wanted.length - 1] ?? -Infinity;
  for (let ordinal = 0; ordinal < all.length && found < room; ordinal++) {
    const version = all[ordinal] as number; // in bounds, as below
    if (version < least || version > most) continue;
    // Versions mostly rise with ordinals: then the next is near.
    if ((wanted[place] as number) < version) {
      place += 1;
      if ((wanted[place] as number) < version) place = lowerBound(wanted, version, place);
    } else if (place > 0 && (wanted[place - 1] as number) >= version) {
      place = lowerBound(wanted, version, 0);
    }
    if (wanted[place] !== version) continue;
    ordinals[found] = ordinal;
    places[found++] = place;
  }
  return { ordinals: ordinals.subarray(0, found), places: places.subarray(0, found) };
}

/** The first place from `from` on whose version is not below the one looked for; there is one. */
function lowerBound(versions: Float64Array, version: number, from: number): number {
  let low = from;
  let high = versions.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((versions[middle] as number) < version) low = middle + 1;
    else high = middle;
  }
  return low;
}
