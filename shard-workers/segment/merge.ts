/** A merge of segments while it goes on. */
import { buildSegment, type BuildSource } from "./build.ts";
import type { Segment } from "./segment.ts";

/** A merge between two of its steps. */
export interface Merge<C> {
  number: number;
  sources: (BuildSource<C> & { segment: Segment<C> })[];
  documents: number;
  steps: Generator<undefined, void>;
}

/** The steps that write the new segment; where no document is left there is none to write. */
export function stepsOf<C>(build: Parameters<typeof buildSegment<C>>[0]): Merge<C>["steps"] {
  return build.documents === 0 ? nothing() : buildSegment(build);
}

function* nothing(): Generator<undefined, void> {}
