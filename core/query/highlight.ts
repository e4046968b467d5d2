/** Highlights: a field's text as HTML, with the words that made it match in <mark>. */
import { analyze, type Token } from "../analysis/analyze.ts";
import type { Language } from "../analysis/stem.ts";
import type { Fields } from "../collection.ts";
import { fieldValues, type JsonObject } from "../document/values.ts";
import type { Clause } from "./parse-query.ts";

/** Up to this many characters a text is one fragment, whole. */
const FRAGMENT_LENGTH_MAX = 200;
const FRAGMENTS_MAX = 3;

interface Range {
  start: number;
  end: number;
}

/** The fragments of a document's fields that a plan wants highlighted; fields where nothing matches are left out. */
export function highlightDocument(
  document: JsonObject,
  plan: { highlight: readonly string[]; clauses: readonly Clause[] },
  fields: Fields,
): Record<string, string[]> {
  return Object.fromEntries(
    plan.highlight.flatMap((field): [string, string[]][] => {
      const language = fields[field]?.language;
      const fragments = fieldValues(document, field, "text").flatMap((text) =>
        highlight(String(text), field, plan.clauses, language),
      );
      return fragments.length === 0 ? [] : [[field, fragments]];
    }),
  );
}

/**
 * The best fragments of a text, in its order; empty when no clause matches in it. Everything but the <mark>s is
 * escaped, so that a fragment can be put into a page as it is.
 */
export function highlight(
  text: string,
  field: string,
  clauses: readonly Clause[],
  language: Language | undefined,
): string[] {
  const tokens = analyze(text, language);
  const marked = new Set<Token>();
  for (const clause of clauses) {
    if (clause.occur === "not") continue;
    for (const { field: searched, terms, whole } of clause.fields) {
      if (searched === field) markMatches(tokens, terms, clause.kind === "prefix" && whole !== true, marked);
    }
  }
  const ranges = tokens.filter((token) => marked.has(token));
  if (ranges.length === 0) return [];
  if (text.length <= FRAGMENT_LENGTH_MAX) return [render(text, { start: 0, end: text.length }, ranges)];
  return bestWindows(ranges)
    .map((window) => widen(text, window, tokens))
    .map((window) => render(text, window, ranges));
}

/** Marks each run of tokens that equals the terms in order; the terms of one word are a run of one. */
function markMatches(tokens: Token[], terms: string[], prefix: boolean, marked: Set<Token>): void {
  const [first] = terms;
  if (first === undefined) return;
  tokens.forEach((token, index) => {
    if (prefix ? !token.term.startsWith(first) : token.term !== first) return;
    const run = tokens.slice(index, index + terms.length);
    if (run.length === terms.length && (prefix || run.every(({ term }, at) => term === terms[at]))) {
      for (const member of run) marked.add(member);
    }
  });
}

/** The windows of bounded length with the most marks, without overlap, in the text's order. */
function bestWindows(ranges: readonly Range[]): Range[] {
  const candidates: (Range & { marks: number })[] = [];
  for (const range of ranges) {
    const last = candidates.at(-1);
    if (last !== undefined && range.end - last.start <= FRAGMENT_LENGTH_MAX) {
      last.end = range.end;
      last.marks += 1;
    } else candidates.push({ start: range.start, end: range.end, marks: 1 });
  }
  return candidates
    .toSorted((a, b) => b.marks - a.marks || a.start - b.start)
    .slice(0, FRAGMENTS_MAX)
    .toSorted((a, b) => a.start - b.start);
}

/** Context on both sides, to whole words. */
function widen(text: string, window: Range, tokens: readonly Token[]): Range {
  const room = Math.max(0, FRAGMENT_LENGTH_MAX - (window.end - window.start)) / 2;
  const from = window.start - room;
  const to = window.end + room;
  const first = tokens.find((token) => token.start >= from);
  const last = tokens.findLast((token) => token.end <= to);
  return {
    start: from <= 0 ? 0 : Math.min(first?.start ?? window.start, window.start),
    end: to >= text.length ? text.length : Math.max(last?.end ?? window.end, window.end),
  };
}

function render(text: string, window: Range, ranges: readonly Range[]): string {
  let html = "";
  let position = window.start;
  for (const { start, end } of ranges) {
    if (start < window.start || end > window.end) continue;
    html += `${escapeHtml(text.slice(position, start))}<mark>${escapeHtml(text.slice(start, end))}</mark>`;
    position = end;
  }
  return html + escapeHtml(text.slice(position, window.end));
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character);
}
