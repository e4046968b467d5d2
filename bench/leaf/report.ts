/** The results of a corpus as Markdown. */
import type { Compared, Loaded } from "./compare.ts";
import type { HeapFigures } from "./heap.ts";

export interface Results {
  name: string;
  title: string;
  loaded: Loaded;
  compared: Compared[];
  wakeMs: number;
  heap: HeapFigures;
}

export function report({ title, loaded, compared, wakeMs, heap }: Results): string {
  const { documentsPerSecond, bytes, rowsWrittenPerDocument } = loaded;
  return [
    `## ${title}`,
    "",
    "| query | FTS5, ms | engine, ms | times faster | aim | with documents, FTS5 | engine | times faster |",
    "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ...compared.map(({ name, searchMs, ratio, aim, fetchMs, fetchRatio }) => {
      const search = `${searchMs.fts.toFixed(3)} | ${searchMs.engine.toFixed(3)} | ${ratio.toFixed(1)} | ${aim}`;
      return `| ${name} | ${search} | ${fetchMs.fts.toFixed(3)} | ${fetchMs.engine.toFixed(3)} | ${fetchRatio.toFixed(1)} |`;
    }),
    "",
    "| | FTS5 | engine | aim |",
    "| --- | --- | --- | --- |",
    `| documents indexed a second | ${documentsPerSecond.fts.toFixed(0)} | ${documentsPerSecond.engine.toFixed(0)} | FTS5's |`,
    `| bytes stored | ${bytes.fts} | ${bytes.engine} (${(100 * bytes.share).toFixed(0)} %) | 60 % |`,
    `| rows written a document | ${rowsWrittenPerDocument.fts.toFixed(3)} | ${rowsWrittenPerDocument.engine.toFixed(4)} | 0.05 |`,
    "",
    `Segments of ${loaded.segments.join(", ")} documents. First search after waking: ${wakeMs.toFixed(0)} ms (aim 150). Longest step of a merge: ${loaded.longestStepMs.toFixed(0)} ms.`,
    "",
    `Memory of the isolate over ${heap.searches} mixed searches, MiB (aim 64): at most ${heap.peak.both.toFixed(1)} (heap ${heap.peak.heap.toFixed(1)}, behind typed arrays ${heap.peak.arrays.toFixed(1)}), garbage included; in use at the end ${(heap.live.heap + heap.live.arrays).toFixed(1)} (${heap.live.heap.toFixed(1)} and ${heap.live.arrays.toFixed(1)}).`,
    "",
  ].join("\n");
}
