/** The Cranfield collection: 1,400 abstracts of aerodynamics, 225 questions, and which of the abstracts answer each how well. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { means, measure, type Grades, type Measures } from "./measures.ts";

const FOLDER = join(import.meta.dirname, "../../test/cranfield");

export interface Abstract {
  id: string;
  title: string;
  text: string;
}

interface Question {
  id: string;
  text: string;
}

/** Puts a question, and answers ids, the best first. */
export type Search = (question: string) => string[];

function lines(name: string): string[] {
  return readFileSync(join(FOLDER, name), "utf8").trim().split("\n");
}

export function abstracts(): Abstract[] {
  return lines("corpus.jsonl").map((line) => JSON.parse(line) as Abstract); // the file is ours
}

/** The means over all questions. */
export function measureCranfield(search: Search): Measures {
  const grades = gradesByQuestion();
  const questions = lines("queries.jsonl").map((line) => JSON.parse(line) as Question); // the file is ours
  return means(questions.map(({ id, text }) => measure(search(text), grades.get(id) ?? new Map())));
}

/** From lines of query, document and grade, under a line of headings. */
function gradesByQuestion(): Map<string, Grades> {
  const judged = lines("qrels.tsv")
    .slice(1)
    .map((line) => line.split("\t"));
  const byQuestion = Map.groupBy(judged, ([question]) => question ?? "");
  return new Map(
    [...byQuestion].map(([question, rows]) => [
      question,
      new Map(rows.map(([, document = "", grade]) => [document, Number(grade)])),
    ]),
  );
}
