/** A scatter at a leaf: the documents of one moment, read over as many turns as their function takes. */
import type { LeafScatterAnswer, ScatterPlan } from "../../core/contracts/scatter.ts";
import type { Result } from "../../core/errors.ts";
import type { MapReduce } from "../../core/map-reduce/partials.ts";
import type { SlotSpan } from "../../core/slots.ts";
import type { DocumentScan, LeafIndex } from "./leaf-index.ts";
import { mapDocuments } from "./map-documents.ts";

/** A scan that has begun, and what the answer stands on. */
interface Begun {
  scan: DocumentScan;
  sequence: number;
  outdated: number;
}

/** Settles, in one turn, which documents it is about: `slots`, of these alone. The scan is to be closed, which `mapScan` does. */
export function beginScatter(
  index: LeafIndex,
  plan: Pick<ScatterPlan, "filter" | "select">,
  slots?: SlotSpan,
): Begun {
  const { filter } = plan;
  const outdated = filter === undefined ? 0 : index.outdatedFor({ filter });
  return { scan: index.scan(plan, slots), sequence: index.position.sequence, outdated };
}

/**
 * Where the function's isolate is in the same process, its answers are at hand before the process has looked for requests, so that
 * these would wait for the whole scatter. A timer makes it look.
 */
const letOthersIn = (): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, 0);
  });

/**
 * Runs the function over what was begun. `turn` runs a read in one turn of the leaf, or says why there is no point in going
 * on: nobody waits any longer, the collection has changed, a row is damaged.
 */
export async function mapScan(
  {
    scan,
    sequence,
    outdated,
    documents,
    rowsRead: rowsBefore,
  }: Begun & { documents: number; rowsRead: number },
  run: MapReduce,
  turn: <T extends object>(read: () => T) => Result<T & { rowsRead: number }>,
): Promise<LeafScatterAnswer> {
  let rowsRead = rowsBefore;
  const next = (): ReturnType<Parameters<typeof mapDocuments>[0]["next"]> => {
    const answer = turn(() => ({ batch: scan.next() }));
    if (answer.ok) rowsRead += answer.rowsRead;
    return answer;
  };
  try {
    const mapped = await mapDocuments({ next, letOthersIn }, run);
    if (!mapped.ok) return mapped;
    return { ...mapped, sequence, documents, ...(outdated === 0 ? {} : { outdated }), rowsRead };
  } finally {
    scan.close();
  }
}
