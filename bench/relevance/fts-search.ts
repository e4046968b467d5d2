/** Cranfield in SQLite's FTS5: the baseline. */
import { DatabaseSync } from "node:sqlite";
import type { Abstract, Search } from "./cranfield.ts";

const RANKED = 1000;

/** `titleWeight`: what bm25() multiplies matches in the title by; 1 is its default. */
export function ftsSearch(documents: readonly Abstract[], titleWeight: number): Search {
  const database = new DatabaseSync(":memory:");
  database.exec("CREATE VIRTUAL TABLE abstracts USING fts5(title, text, tokenize = 'porter unicode61')");
  const insert = database.prepare("INSERT INTO abstracts (rowid, title, text) VALUES (?, ?, ?)");
  for (const { id, title, text } of documents) insert.run(Number(id), title, text);
  const select = database.prepare(
    `SELECT rowid AS id FROM abstracts WHERE abstracts MATCH ? ORDER BY bm25(abstracts, ?, 1), rowid LIMIT ${RANKED}`,
  );
  return (question) => {
    const words = question.match(/[\p{L}\p{N}]+/gu) ?? [];
    return select.all(words.map((word) => `"${word}"`).join(" OR "), titleWeight).map(({ id }) => String(id));
  };
}
