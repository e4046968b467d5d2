/** Two Durable Objects with the same documents: one searched by the engine, one by FTS5. */
import { DurableObject } from "cloudflare:workers";
import type { Fields } from "../../core/collection.ts";
import type { MatchPlan, Statistics } from "../../core/contracts/search.ts";
import { parseQuery } from "../../core/query/parse-query.ts";
import { BY_SCORE } from "../../core/query/sort.ts";
import { MeteredSql } from "../../shard-workers/leaf/metered-sql.ts";
import { SqlStore } from "../../shard-workers/leaf/sql-store.ts";
import { sharedCache } from "../../shard-workers/segment/cache.ts";
import type { ColumnModule } from "../../shard-workers/segment/column-contract.ts";
import { SegmentEngine } from "../../shard-workers/segment/engine.ts";
import { searchSegments, type EngineAnswer } from "../../shard-workers/segment/search/search.ts";
import { segmentStatistics } from "../../shard-workers/segment/search/statistics.ts";
import type { BenchDocument } from "./corpus.ts";

interface Bindings {
  ENGINE: DurableObjectNamespace<EngineLeaf>;
  FTS: DurableObjectNamespace<FtsLeaf>;
}

const FIELDS: Fields = {
  title: { type: "text", language: "english" },
  body: { type: "text", language: "english" },
};
const LIMIT = 10;

/** Neither side has typed fields here. */
const noColumns: ColumnModule<object> = {
  createLive: () => ({ bytes: 0, add() {} }),
  open: () => ({}),
  *encode() {},
};

interface Measured {
  bytes: number;
  rowsWritten: number;
  documents: number;
}

export class EngineLeaf extends DurableObject<Bindings> {
  private readonly sql = new MeteredSql(this.ctx.storage.sql);
  private engine = this.open();

  /** Takes documents and leaves them: what bringing them costs. */
  receive(documents: BenchDocument[]): number {
    return documents.length;
  }

  load(documents: BenchDocument[]): Measured {
    let version = Date.now() * 1024;
    this.engine.batch(() => {
      for (const value of documents) {
        this.engine.put({
          id: value.id,
          version: version++,
          json: JSON.stringify(value),
          value: { ...value },
        });
      }
    });
    return this.measured();
  }

  mergeStep(): { more: boolean } {
    return this.engine.mergeStep();
  }

  measured(): Measured {
    return {
      bytes: this.sql.bytes,
      rowsWritten: this.sql.rowsWritten,
      documents: this.engine.documentCount(),
    };
  }

  segments(): number[] {
    return this.engine.searchables.map(({ documents }) => documents);
  }

  /** How many documents have a word. */
  frequency(word: string): number {
    return this.frequencies(planOf(word))[0] ?? 0;
  }

  /** Runs a query so often; answers how many documents matched and the best. */
  query(q: string, times: number): { total: number; best: string[] } {
    if (times === 0) return { total: 0, best: [] };
    const plan = planOf(q);
    const statistics = segmentStatistics(this.engine.searchables, plan);
    let answer: { total: number; best: string[] } = { total: 0, best: [] };
    for (let run = 0; run < times; run++) {
      const found = this.search(plan, statistics);
      answer = { total: found.total, best: found.hits.map(({ id }) => id) };
    }
    return answer;
  }

  /** Reads the best documents of a query as well. */
  queryAndFetch(q: string, times: number): number {
    const plan = planOf(q);
    const statistics = segmentStatistics(this.engine.searchables, plan);
    let length = 0;
    for (let run = 0; run < times; run++) {
      const { hits } = this.search(plan, statistics);
      for (const { segment, ordinal } of hits) length += segment.textOf(ordinal).length;
    }
    return length;
  }

  /** Opens the leaf as if it had slept, and searches. */
  wake(q: string): number {
    sharedCache.clear();
    this.engine = this.open();
    return this.query(q, 1).total;
  }

  /** A search as a leaf gets it: scored by the statistics that come with it, and answered with the leaf's own. */
  private search(plan: MatchPlan, statistics: Statistics): EngineAnswer<object> {
    return searchSegments(this.engine.searchables, {
      plan: { ...plan, statistics, sort: [...BY_SCORE], limit: LIMIT },
      ownStatistics: true,
    });
  }

  private open(): SegmentEngine<object> {
    const engine = new SegmentEngine(new SqlStore(this.sql, this.ctx.storage), noColumns);
    engine.declare(FIELDS);
    return engine;
  }

  private frequencies(plan: MatchPlan): number[] {
    return segmentStatistics(this.engine.searchables, plan).frequencies;
  }
}

export class FtsLeaf extends DurableObject<Bindings> {
  private readonly sql = new MeteredSql(this.ctx.storage.sql);

  constructor(ctx: DurableObjectState, env: Bindings) {
    super(ctx, env);
    this.sql.run(
      "CREATE TABLE IF NOT EXISTS documents (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, json TEXT NOT NULL)",
    );
    // Contentless: the text is kept once, in the documents, as on the other side.
    this.sql.run(
      "CREATE VIRTUAL TABLE IF NOT EXISTS terms USING fts5(title, body, content='', contentless_delete=1, tokenize='porter unicode61')",
    );
  }

  receive(documents: BenchDocument[]): number {
    return documents.length;
  }

  load(documents: BenchDocument[]): Measured {
    this.ctx.storage.transactionSync(() => {
      for (const value of documents) {
        const [inserted] = this.sql.all<{ row: number }>(
          "INSERT INTO documents (id, json) VALUES (?, ?) RETURNING row",
          value.id,
          JSON.stringify(value),
        );
        this.sql.run(
          "INSERT INTO terms (rowid, title, body) VALUES (?, ?, ?)",
          inserted?.row ?? 0,
          value.title,
          value.body,
        );
      }
    });
    return this.measured();
  }

  measured(): Measured {
    const [row] = this.sql.all<{ count: number }>("SELECT count(*) AS count FROM documents");
    return { bytes: this.sql.bytes, rowsWritten: this.sql.rowsWritten, documents: row?.count ?? 0 };
  }

  query(q: string, times: number): { total: number; best: string[] } {
    if (times === 0) return { total: 0, best: [] };
    let best: string[] = [];
    // On these documents faster than ORDER BY rank, which FTS5's manual prefers.
    for (let run = 0; run < times; run++) {
      best = this.sql
        .all<{ rowid: number }>(
          `SELECT rowid FROM terms WHERE terms MATCH ? ORDER BY bm25(terms) LIMIT ${LIMIT}`,
          matchOf(q),
        )
        .map(({ rowid }) => String(rowid));
    }
    return { total: this.total(q), best };
  }

  queryAndFetch(q: string, times: number): number {
    let length = 0;
    for (let run = 0; run < times; run++) {
      const rows = this.sql.all<{ json: string }>(
        `SELECT json FROM terms JOIN documents ON documents.row = terms.rowid WHERE terms MATCH ? ORDER BY bm25(terms) LIMIT ${LIMIT}`,
        matchOf(q),
      );
      for (const { json } of rows) length += json.length;
    }
    return length;
  }

  private total(q: string): number {
    return (
      this.sql.all<{ count: number }>(
        "SELECT count(*) AS count FROM terms WHERE terms MATCH ?",
        matchOf(q),
      )[0]?.count ?? 0
    );
  }
}

/** The same query for FTS5: quoted words, joined by what the query means. */
function matchOf(q: string): string {
  if (q.startsWith('"')) return `body : ${q}`;
  const required = q.startsWith("+");
  return q
    .split(" ")
    .map((word) => `body : "${word.replace(/[+*]/g, "")}"${word.endsWith("*") ? "*" : ""}`)
    .join(required ? " AND " : " OR ");
}

function planOf(q: string): MatchPlan {
  const parsed = parseQuery(q, { fields: FIELDS, searched: ["body"], operator: "or" });
  if (!parsed.ok) throw new Error(parsed.message);
  return { clauses: parsed.clauses, searched: [{ field: "body", boost: 1 }] };
}

const METHODS = [
  "receive",
  "load",
  "mergeStep",
  "measured",
  "segments",
  "frequency",
  "query",
  "queryAndFetch",
  "wake",
] as const;

/** `POST /engine/query ["words", 10]`: calls a leaf's method with these arguments. */
export default {
  async fetch(request: Request, env: Bindings): Promise<Response> {
    const [, side, name] = new URL(request.url).pathname.split("/");
    const method = METHODS.find((known) => known === name);
    if (method === undefined) return new Response("no such method", { status: 404 });
    const leaf = (side === "engine" ? env.ENGINE : env.FTS).getByName("leaf");
    // The bench calls each side with what that side has; a call that it lacks is an error of the bench.
    const call = Reflect.get(leaf, method) as (...parameters: unknown[]) => Promise<unknown>;
    return Response.json(await call(...(await request.json<unknown[]>())));
  },
} satisfies ExportedHandler<Bindings>;
