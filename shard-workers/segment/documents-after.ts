/** All segments' documents as one row of ids. */
import { compareText, type Searchable } from "./searchable.ts";

/** A document as it is stored. */
export interface EngineDocument {
  id: string;
  version: number;
  json: string;
}

/** Which documents are wanted, by their place: of the others, nothing is read. */
export type Wanted<C> = (segment: Searchable<C>, ordinal: number) => boolean;

/** Documents with an id after this one, in the order of ids, one after another as they are asked for. */
export function* documentsAfter<C>(
  segments: readonly Searchable<C>[],
  id: string,
  wanted?: Wanted<C>,
): Generator<EngineDocument> {
  const walks = segments.map((segment) => {
    const ordinals = ordinalsAfter(segment, id, wanted)[Symbol.iterator]();
    return { segment, ordinals, head: idAt(segment, ordinals.next()) };
  });
  for (;;) {
    const [least] = walks
      .filter(({ head }) => head !== undefined)
      .toSorted((a, b) => compareText(a.head?.id ?? "", b.head?.id ?? ""));
    if (least?.head === undefined) return;
    const { segment, head } = least;
    yield { id: head.id, version: segment.versionOf(head.ordinal), json: segment.textOf(head.ordinal) };
    least.head = idAt(segment, least.ordinals.next());
  }
}

function ordinalsAfter<C>(segment: Searchable<C>, id: string, wanted?: Wanted<C>): Iterable<number> {
  const ordinals = segment.idsAfter(id);
  return wanted === undefined ? ordinals : those(ordinals, (ordinal) => wanted(segment, ordinal));
}

function* those(ordinals: Iterable<number>, wanted: (ordinal: number) => boolean): Generator<number> {
  for (const ordinal of ordinals) if (wanted(ordinal)) yield ordinal;
}

function idAt<C>(
  segment: Searchable<C>,
  next: IteratorResult<number>,
): { ordinal: number; id: string } | undefined {
  return next.done === true ? undefined : { ordinal: next.value, id: segment.idOf(next.value) };
}
