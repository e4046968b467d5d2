/**
 * The memory of the isolate that a leaf is in, by workerd's inspector, while it serves searches. V8 counts its own heap and
 * the memory behind typed arrays apart; a leaf's index is mostly the latter.
 */
import type { Corpus, Query } from "./corpus.ts";
import type { Workerd } from "./workerd.ts";
import { generator } from "./zipf-corpus.ts";

const SEARCHES = 1000;
const MIB = 1024 * 1024;

export interface HeapFigures {
  searches: number;
  /** In MiB: the most that was seen after a search, garbage included. */
  peak: { heap: number; arrays: number; both: number };
  /** What was in use at the end, after a collection of garbage. */
  live: { heap: number; arrays: number };
}

/** What `Runtime.getHeapUsage` answers, in bytes. */
interface HeapUsage {
  usedSize: number;
  backingStorageSize: number;
}

/** Searches of all classes and for words at random by turns, each with its documents. */
export async function measureHeap(
  { call, miniflare }: Workerd,
  corpus: Corpus,
  queries: readonly Query[],
): Promise<HeapFigures> {
  await call("engine", "wake", queries[0]?.q ?? "");
  const inspector = await Inspector.open(await miniflare.getInspectorURL());
  await inspector.collectGarbage();
  const random = generator(42);
  const word = (): string => corpus.wordAt(Math.floor(corpus.words * random() ** 3));
  const peak = { heap: 0, arrays: 0, both: 0 };
  for (let search = 0; search < SEARCHES; search++) {
    const q = search % 2 === 0 ? (queries[(search / 2) % queries.length]?.q ?? "") : `${word()} ${word()}`;
    await call("engine", "queryAndFetch", q, 1);
    const { heap, arrays } = await inspector.usage();
    peak.heap = Math.max(peak.heap, heap);
    peak.arrays = Math.max(peak.arrays, arrays);
    peak.both = Math.max(peak.both, heap + arrays);
  }
  await inspector.collectGarbage();
  const live = await inspector.usage();
  inspector.close();
  return { searches: SEARCHES, peak, live };
}

/** A connection to an isolate's inspector (the Chrome DevTools Protocol). */
class Inspector {
  private readonly socket: WebSocket;
  private nextId = 1;
  private readonly waiting = new Map<number, (result: unknown) => void>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const { id, result } = JSON.parse(String(data)) as { id?: number; result?: unknown };
      if (id === undefined) return;
      this.waiting.get(id)?.(result);
      this.waiting.delete(id);
    });
  }

  static async open(url: URL): Promise<Inspector> {
    const listed = await fetch(new URL("/json", url.href.replace("ws:", "http:")).href);
    const targets = (await listed.json()) as { id: string; webSocketDebuggerUrl: string }[];
    const target = targets.find(({ id }) => id.endsWith("bench"));
    if (target === undefined) throw new Error("the bench's isolate has no inspector");
    const socket = new WebSocket(target.webSocketDebuggerUrl);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", reject);
    });
    return new Inspector(socket);
  }

  send(method: string): Promise<unknown> {
    const id = this.nextId++;
    const answered = new Promise((resolve) => {
      this.waiting.set(id, resolve);
    });
    this.socket.send(JSON.stringify({ id, method }));
    return answered;
  }

  /** By way of a snapshot, before which V8 collects; workerd does not answer the command for it alone. */
  async collectGarbage(): Promise<void> {
    await this.send("HeapProfiler.takeHeapSnapshot");
  }

  async usage(): Promise<{ heap: number; arrays: number }> {
    const { usedSize, backingStorageSize } = (await this.send("Runtime.getHeapUsage")) as HeapUsage;
    return { heap: usedSize / MIB, arrays: backingStorageSize / MIB };
  }

  close(): void {
    this.socket.close();
  }
}
