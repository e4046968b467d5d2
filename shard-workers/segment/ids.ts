/**
 * A segment's ids. By ordinal: blocks of ids, each without what it shares with its predecessor. By id: the sorted
 * hashes of all ids with their ordinals, searched by interpolation, since hashes are spread evenly. By rank: each
 * document's place in the order of ids, which settles ties without reading an id; it is left out where ids rise with
 * ordinals.
 */
import { ByteReader, ByteWriter, decodeText, encodeText, sharedLength } from "./bytes.ts";
import { hash32 } from "./checksum.ts";
import type { Part } from "./column-contract.ts";
import { ID_BLOCK_IDS } from "./limits.ts";
import { StreamReader, StreamWriter, type SegmentParts } from "./parts.ts";

const HASH_SEED = 0x1d;

/** The id that was looked for last: a write looks for its id in every segment, and more than once. */
let hashed = { id: "", hash: hash32(encodeText(""), HASH_SEED) };

function hashOf(id: string): number {
  if (hashed.id !== id) hashed = { id, hash: hash32(encodeText(id), HASH_SEED) };
  return hashed.hash;
}

/** An id while it is read: 256 bytes of UTF-8 are at most 384 here, where surrogates take three each. */
const idBytes = new Uint8Array(1024);

export class IdWriter {
  private readonly emit: (part: Part) => void;
  private readonly out: StreamWriter;
  private readonly block = new ByteWriter(1024);
  private readonly places: number[] = [];
  private readonly ids: string[] = [];
  private readonly hashes: Float64Array;
  private previous: Uint8Array = new Uint8Array(0);

  constructor(documents: number, emit: (part: Part) => void) {
    this.emit = emit;
    this.out = new StreamWriter("ids", emit);
    this.hashes = new Float64Array(documents);
  }

  /** Ids come in the order of their documents' ordinals. */
  add(id: string): void {
    const ordinal = this.ids.length;
    if (ordinal > 0 && ordinal % ID_BLOCK_IDS === 0) this.closeBlock();
    const bytes = encodeText(id);
    const shared = sharedLength(bytes, this.previous);
    this.block.varint(shared);
    this.block.varint(bytes.length - shared);
    this.block.range(bytes, shared, bytes.length);
    // The hash above, the ordinal below: one sort of numbers orders both.
    this.hashes[ordinal] = hash32(bytes, HASH_SEED) * 2 ** 16 + ordinal;
    this.previous = bytes;
    this.ids.push(id);
  }

  finish(): void {
    if (this.ids.length > 0) this.closeBlock();
    this.out.finish();
    this.emit({ name: "ids-places", bytes: bytesOf(Uint32Array.from(this.places)) });
    this.hashes.sort();
    this.emit({
      name: "id-hashes",
      bytes: bytesOf(Uint32Array.from(this.hashes, (pair) => Math.floor(pair / 2 ** 16))),
    });
    this.emit({
      name: "id-ordinals",
      bytes: bytesOf(Uint16Array.from(this.hashes, (pair) => pair % 2 ** 16)),
    });
    this.writeRanks();
  }

  private closeBlock(): void {
    this.places.push(this.out.whole(this.block), this.block.length);
    this.block.clear();
    this.previous = new Uint8Array(0);
  }

  private writeRanks(): void {
    const { ids } = this;
    if (ids.every((id, index) => index === 0 || (ids[index - 1] ?? "") < id)) return;
    const byId = Uint16Array.from(ids, (_, ordinal) => ordinal).toSorted((a, b) =>
      (ids[a] ?? "") < (ids[b] ?? "") ? -1 : 1,
    );
    const ranks = new Uint16Array(ids.length);
    byId.forEach((ordinal, rank) => (ranks[ordinal] = rank));
    this.emit({ name: "id-ranks", bytes: bytesOf(ranks) });
    this.emit({ name: "id-order", bytes: bytesOf(byId) });
  }
}

export class IdReader {
  private readonly parts: SegmentParts;
  private readonly documents: number;
  private readonly blocks: StreamReader;

  constructor(parts: SegmentParts, documents: number) {
    this.parts = parts;
    this.documents = documents;
    this.blocks = new StreamReader(parts, "ids");
  }

  idOf(ordinal: number): string {
    return decodeText(idBytes, 0, this.readId(ordinal));
  }

  /** The document with an id, deleted or not. */
  find(id: string): number | undefined {
    const wanted = hashOf(id);
    const hashes = numbersOf(this.parts.need("id-hashes"));
    let at = lowerBound(hashes, wanted);
    if (hashes[at] !== wanted) return undefined;
    const ordinals = shortsOf(this.parts.need("id-ordinals"));
    for (; hashes[at] === wanted; at++) {
      const ordinal = ordinals[at] ?? 0;
      if (this.idOf(ordinal) === id) return ordinal;
    }
    return undefined;
  }

  /** Each document's place in the order of ids; undefined where that is the ordinal. */
  ranks(): Uint16Array | undefined {
    const bytes = this.parts.read("id-ranks");
    return bytes === undefined ? undefined : shortsOf(bytes);
  }

  /** How many documents have an id that is not after this one: theirs are the ranks below. */
  ranksUpTo(id: string): number {
    let low = 0;
    let high = this.documents;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.idOf(this.atRank(middle)) <= id) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  atRank(rank: number): number {
    const bytes = this.parts.read("id-order");
    return bytes === undefined ? rank : (shortsOf(bytes)[rank] ?? 0);
  }

  /** Leaves an id's bytes in `idBytes`, and returns how many they are. */
  private readId(ordinal: number): number {
    const block = Math.floor(ordinal / ID_BLOCK_IDS);
    const places = numbersOf(this.parts.need("ids-places"));
    const reader = new ByteReader(this.blocks.read(places[2 * block] ?? 0, places[2 * block + 1] ?? 0));
    let end = 0;
    for (let at = block * ID_BLOCK_IDS; at <= ordinal; at++) {
      const shared = reader.varint();
      end = shared + reader.varint();
      for (let index = shared; index < end; index++) idBytes[index] = reader.byte();
    }
    return end;
  }
}

/** The first place whose hash is not below the wanted one. */
function lowerBound(hashes: Uint32Array, wanted: number): number {
  let low = 0;
  let high = hashes.length;
  let guesses = 0;
  while (low < high) {
    const bottom = hashes[low] ?? 0;
    const top = hashes[high - 1] ?? 0;
    if (wanted <= bottom) return low;
    if (wanted > top) return high;
    // After a few guesses halve: evenly spread hashes are not promised.
    const guess =
      guesses++ < 8
        ? low + Math.floor(((wanted - bottom) / (top - bottom)) * (high - 1 - low))
        : (low + high) >>> 1;
    if ((hashes[guess] ?? 0) < wanted) low = guess + 1;
    else high = guess;
    if (
      high > low &&
      high < hashes.length &&
      (hashes[high] ?? 0) >= wanted &&
      (hashes[high - 1] ?? 0) < wanted
    )
      return high;
  }
  return low;
}

export function bytesOf(array: Uint8Array | Uint16Array | Uint32Array | Float64Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

export function shortsOf(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length >> 1);
}

export function numbersOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}
