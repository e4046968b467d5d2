/**
 * Constant reads and writes of a collection, each read checked against what it may see: documents by their ids, all documents of a
 * group, and rankings. For journeys and benches in which the collection changes under them.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { seededRandom } from "../../core/seeded-random.ts";
import type { HttpClient } from "./http-client.ts";
import { Register, type Value } from "./register.ts";

const WORDS = 3_000;
/** What a search for one group finds: fewer than a page has. */
const GROUP_DOCUMENTS = 200;
const BULK_DOCUMENTS = 20;
const LOAD_DOCUMENTS = 5_000;
const PAGE_MAX = 1_000;

export interface TrafficOptions {
  collection: string;
  documents: number;
  words: number;
  /** Between two requests of the same reader or writer. */
  pauseMs: number;
  seed: number;
}

interface Stored {
  id: string;
  n: number;
}

interface SearchBody {
  hits: { id: string; score: number; document: Stored }[];
  total: { count: number };
  coverage: number;
  ranking: string;
}

export class Traffic {
  /** What a request was answered wrongly; and requests that failed while the platform was up. */
  readonly wrong: string[] = [];
  readonly failed: string[] = [];
  /** Milliseconds of ranked searches. */
  searchMs: number[] = [];
  reads = 0;
  writes = 0;
  /** Whether documents come and go, or are only written anew: then rankings do not change. */
  comeAndGo = true;
  /** While the platform is being killed, requests fail, and nobody knows what has become of them. */
  isDown = false;
  private readonly client: () => HttpClient;
  private readonly options: TrafficOptions;
  private readonly register = new Register();
  private readonly texts = new Map<string, string>();
  private readonly random: () => number;
  private rankings: Map<string, string> | undefined;
  private isOn = false;
  private running: Promise<unknown> = Promise.resolve();
  private lastValue = 0;

  constructor(client: () => HttpClient, options: TrafficOptions) {
    this.client = client;
    this.options = options;
    this.random = seededRandom(options.seed);
  }

  /** Writes all documents. */
  async load(): Promise<void> {
    const { documents, words, collection } = this.options;
    for (let first = 0; first < documents; first += LOAD_DOCUMENTS) {
      const ids = Array.from(
        { length: Math.min(LOAD_DOCUMENTS, documents - first) },
        (_, n) => `d${first + n}`,
      );
      for (const id of ids) this.texts.set(id, this.text(words));
      const ends = ids.map((id) => this.register.begin(id, 0));
      const body = ids.map((id) => JSON.stringify(this.document(id, 0))).join("\n");
      const response = await this.client().fetch(`/v1/collections/${collection}/documents`, {
        method: "POST",
        headers: { "content-type": "application/x-ndjson" },
        body,
      });
      const answer = (await response.json()) as { written: number };
      if (answer.written !== ids.length) throw new Error(JSON.stringify(answer));
      for (const end of ends) end(true);
    }
  }

  /** Reads and writes until `stop`. */
  start(readers: number, writers: number): void {
    this.isOn = true;
    this.running = Promise.all([
      ...Array.from({ length: writers }, (_, writer) => this.repeat(() => this.write(writer, writers))),
      ...Array.from({ length: readers }, () => this.repeat(() => this.readOne())),
      ...Array.from({ length: readers }, () => this.repeat(() => this.readRanking())),
      this.repeat(() => this.readGroup()),
    ]);
  }

  async stop(): Promise<void> {
    this.isOn = false;
    await this.running;
  }

  /** Writes those documents again that were deleted, or may have been. Nothing else is written meanwhile. */
  async fill(): Promise<void> {
    const began = this.register.now();
    const missing = [...this.register.ids].filter((id) =>
      this.register.allowed(id, began, Infinity).includes(null),
    );
    for (const id of missing) {
      const end = this.register.begin(id, (this.lastValue += 1));
      const path = `/v1/collections/${this.options.collection}/documents/${id}`;
      const { status } = await this.client().json("PUT", path, this.document(id, this.lastValue));
      if (status >= 300) throw new Error(`a document was answered ${status}`);
      end(true);
    }
  }

  /** From now on rankings must stay as they are now, ids and scores, bit for bit. */
  async keepRankings(): Promise<void> {
    this.comeAndGo = false;
    this.rankings = new Map();
    for (let query = 0; query < 40; query++) {
      const q = this.query();
      const { status, body } = await this.search({ q, limit: 10 });
      if (status === 200) this.rankings.set(q, rankingOf(body));
    }
  }

  forgetRankings(): void {
    this.comeAndGo = true;
    this.rankings = undefined;
  }

  /** Everything that the collection exports is what was written, each document once. */
  async checkAll(): Promise<void> {
    const began = this.register.now();
    const response = await this.client().fetch(`/v1/collections/${this.options.collection}/export`);
    const found = new Map<string, Value>();
    for (const line of (await response.text()).split("\n")) {
      if (line === "") continue;
      const { id, n } = JSON.parse(line) as Stored;
      if (found.has(id)) this.wrong.push(`${id} was exported twice`);
      found.set(id, n);
    }
    const ended = this.register.now();
    for (const id of this.register.ids) this.check("export", id, found.get(id) ?? null, began, ended);
  }

  private async repeat(work: () => Promise<void>): Promise<void> {
    while (this.isOn) {
      const wasDown = this.isDown;
      try {
        await work();
      } catch (error) {
        if (!wasDown && !this.isDown) this.failed.push(String(error));
        await sleep(50);
      }
      await sleep(this.options.pauseMs);
    }
  }

  private async write(writer: number, writers: number): Promise<void> {
    const own = (): string => {
      const n = Math.floor((this.random() * this.options.documents) / writers) * writers + writer;
      return `d${Math.min(n, this.options.documents - 1 - ((this.options.documents - 1 - writer) % writers))}`;
    };
    const kind = this.random();
    const path = `/v1/collections/${this.options.collection}/documents`;
    if (kind < 0.2) {
      const ids = [...new Set(Array.from({ length: BULK_DOCUMENTS }, own))];
      const documents = ids.map((id) => this.document(id, (this.lastValue += 1)));
      await this.change(
        documents.map(({ id, n }) => [id, n]),
        async () => {
          const answer = await this.client().json<{ written: number }>("POST", path, documents);
          return { status: answer.status, sure: answer.body.written === ids.length };
        },
      );
      return;
    }
    const id = own();
    if (kind < 0.35 && this.comeAndGo) {
      await this.change([[id, null]], async () => {
        const { status } = await this.client().json("DELETE", `${path}/${id}`);
        return { status, sure: status === 204 || status === 404 };
      });
      return;
    }
    const document = this.document(id, (this.lastValue += 1));
    await this.change([[id, document.n]], async () => {
      const { status } = await this.client().json("PUT", `${path}/${id}`, document);
      return { status, sure: status === 200 || status === 201 };
    });
  }

  private async change(
    values: [id: string, value: Value][],
    send: () => Promise<{ status: number; sure: boolean }>,
  ): Promise<void> {
    const ends = values.map(([id, value]) => this.register.begin(id, value));
    const wasDown = this.isDown;
    let isSure = false;
    try {
      const { status, sure } = await send();
      isSure = sure;
      if (!sure && !wasDown && !this.isDown) this.failed.push(`a write was answered ${status}`);
      if (sure) this.writes += values.length;
    } finally {
      for (const end of ends) end(isSure);
    }
  }

  private async readOne(): Promise<void> {
    const id = `d${Math.floor(this.random() * this.options.documents)}`;
    const began = this.register.now();
    const { status, body } = await this.client().json<Stored>(
      "GET",
      `/v1/collections/${this.options.collection}/documents/${id}`,
    );
    if (status !== 200 && status !== 404) throw unexpected("a document", status, body);
    this.reads += 1;
    this.check("document", id, status === 404 ? null : body.n, began, this.register.now());
  }

  private async readGroup(): Promise<void> {
    const groups = this.groups();
    const group = Math.floor(this.random() * groups);
    const began = this.register.now();
    const { status, body } = await this.search({
      filter: `grp = 'g${group}'`,
      limit: PAGE_MAX,
      select: ["n"],
    });
    const ended = this.register.now();
    if (status !== 200) throw unexpected("a group", status, body);
    this.reads += 1;
    const found = new Map(body.hits.map(({ id, document }) => [id, document.n]));
    if (found.size !== body.hits.length) this.wrong.push(`group ${group} has a document twice`);
    if (body.coverage !== 1) this.wrong.push(`group ${group} has coverage ${body.coverage}`);
    let [least, most] = [0, 0];
    for (let n = group; n < this.options.documents; n += groups) {
      const id = `d${n}`;
      const allowed = this.check("group", id, found.get(id) ?? null, began, ended);
      if (!allowed.includes(null)) least += 1;
      if (allowed.some((value) => value !== null)) most += 1;
    }
    const { count } = body.total;
    if (count < least || count > most)
      this.wrong.push(`group ${group} counts ${count}, not ${least} to ${most}`);
  }

  private async readRanking(): Promise<void> {
    const { rankings } = this;
    const known = rankings === undefined ? [] : [...rankings.keys()];
    const q = known[Math.floor(this.random() * known.length)] ?? this.query();
    const beganAt = performance.now();
    const { status, body } = await this.search({ q, limit: 10 });
    if (status !== 200) throw unexpected("a ranking", status, body);
    this.searchMs.push(performance.now() - beganAt);
    this.reads += 1;
    if (body.coverage !== 1 || body.ranking !== "exact") this.wrong.push(`"${q}" is ${body.ranking}`);
    if (new Set(body.hits.map(({ id }) => id)).size !== body.hits.length)
      this.wrong.push(`"${q}" has a document twice`);
    const before = rankings?.get(q);
    if (before !== undefined && rankings === this.rankings && before !== rankingOf(body)) {
      this.wrong.push(`"${q}" was ${before}, and is ${rankingOf(body)}`);
    }
  }

  private search(request: object): Promise<{ status: number; body: SearchBody }> {
    return this.client().json<SearchBody>("POST", `/v1/collections/${this.options.collection}/search`, {
      deadlineMs: 20_000,
      ...request,
    });
  }

  private check(what: string, id: string, value: Value, began: number, ended: number): Value[] {
    const allowed = this.register.allowed(id, began, ended);
    if (!allowed.includes(value)) {
      this.wrong.push(`${what}: ${id} is ${value}, and was to be ${allowed.join(" or ")}`);
    }
    return allowed;
  }

  private document(id: string, n: number): Stored & { grp: string; text: string } {
    return { id, n, grp: `g${Number(id.slice(1)) % this.groups()}`, text: this.texts.get(id) ?? "" };
  }

  private groups(): number {
    return Math.max(1, Math.round(this.options.documents / GROUP_DOCUMENTS));
  }

  /** Words by a distribution like a language's: the first are in most texts. */
  private text(words: number): string {
    return Array.from({ length: words }, () => this.word(0)).join(" ");
  }

  private query(): string {
    return Array.from({ length: 1 + Math.floor(this.random() * 3) }, () => this.word(20)).join(" ");
  }

  private word(from: number): string {
    return `w${from + Math.floor((WORDS - from) ** this.random())}x`;
  }
}

/** Counts as failed where the platform was up when it was asked, too: `repeat` sees to that. */
function unexpected(what: string, status: number, body: unknown): Error {
  return new Error(`${what} was answered ${status} ${JSON.stringify(body).slice(0, 300)}`);
}

function rankingOf({ hits }: SearchBody): string {
  return hits.map(({ id, score }) => `${id} ${score}`).join(", ");
}
