/** What a document's text fields hold, as the index sees it. */
import { analyzeTerms } from "../../core/analysis/analyze.ts";
import { fieldsOfType, type Fields } from "../../core/collection.ts";
import { fieldValues, type JsonObject } from "../../core/document/values.ts";

/** A field's terms, value by value: a phrase does not reach from one value into the next. */
export interface AnalysedField {
  name: string;
  values: string[][];
}

/** A longer term is cut, in documents and in queries: compatibility forms can make 18 letters of one. */
const TERM_UNITS_MAX = 128;

export function analyseDocument(document: JsonObject, fields: Fields): AnalysedField[] {
  return fieldsOfType(fields, "text").map((name) => ({
    name,
    values: fieldValues(document, name, "text").map((text) =>
      analyzeTerms(String(text), fields[name]?.language).map(cutTerm),
    ),
  }));
}

export function cutTerm(term: string): string {
  return term.length > TERM_UNITS_MAX ? term.slice(0, TERM_UNITS_MAX) : term;
}
