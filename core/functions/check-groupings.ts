/**
 * Whether a map and reduce gives the same for any grouping of its documents: leaves reduce what they have, branches what leaves gave,
 * and nobody can say which document comes with which.
 */
import type { JsonValue } from "../cloudevents/event.ts";
import type { FunctionRef, ReduceExample } from "../contracts/functions.ts";
import { differences } from "../differences.ts";
import { jsonText, valueOfText, type FunctionFailure, type JsonText } from "./answers.ts";
import type { FunctionHost } from "./function-host.ts";

/** A part of the documents, or parts that are reduced together. */
type Grouping = number[] | { of: Grouping[] };

type Value = { ok: true; text: JsonText } | FunctionFailure;

interface Grouped {
  ok: true;
  result: JsonValue;
  /** Which grouping has another result. */
  problem?: string;
  calls: { steps: number; ms: number }[];
}

export async function checkGroupings(
  host: FunctionHost,
  ref: FunctionRef,
  { documents, input }: ReduceExample,
): Promise<Grouped | FunctionFailure> {
  const calls: Grouped["calls"] = [];
  const text = jsonText(input);
  const evaluate = async (grouping: Grouping): Promise<Value> => {
    if (Array.isArray(grouping)) {
      const part = grouping.flatMap((index) => documents[index] ?? []);
      return noted(await host.map(ref, part, text));
    }
    const partials: JsonText[] = [];
    for (const each of grouping.of) {
      const value = await evaluate(each);
      if (!value.ok) return value;
      partials.push(value.text);
    }
    return noted(await host.reduce(ref, partials, text));
  };
  const noted = (answer: Awaited<ReturnType<FunctionHost["map"]>>): Value => {
    if (!answer.ok) return answer;
    calls.push(answer.usage);
    return { ok: true, text: { json: answer.json } };
  };
  const [whole, ...others] = groupingsOf(documents.length);
  if (whole === undefined) throw new Error("there is always a first grouping");
  const first = await evaluate(whole.grouping);
  if (!first.ok) return first;
  const read = valueOfText(first.text);
  if (!read.ok) return read;
  const result = read.value;
  for (const { name, grouping } of others) {
    const value = await evaluate(grouping);
    if (!value.ok) return value;
    const other = valueOfText(value.text);
    if (!other.ok) return other;
    const [difference] = differences(rounded(result), rounded(other.value), "result");
    if (difference !== undefined) {
      const problem = `reduce gives another result when ${name}: ${difference.path} ${difference.message}`;
      return { ok: true, result, problem, calls };
    }
  }
  return { ok: true, result, calls };
}

function groupingsOf(count: number): { name: string; grouping: Grouping }[] {
  const all = Array.from({ length: count }, (_, index) => index);
  const single = all.map((index) => [index]);
  const half = count >> 1;
  const halves = [all.slice(0, half), all.slice(half)].filter((part) => part.length > 0);
  return [
    { name: "all documents are one part", grouping: { of: [all] } },
    { name: "each document is a part", grouping: { of: single } },
    { name: "the parts come in another order", grouping: { of: single.toReversed() } },
    {
      name: "what is reduced is reduced again",
      grouping: { of: halves.map((part) => ({ of: part.map((index) => [index]) })) },
    },
    { name: "a single result is reduced again", grouping: { of: [{ of: [{ of: [all] }] }] } },
  ];
}

/** Numbers to 9 digits: sums of floating-point numbers depend on their order, and no function can help that. */
function rounded(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toPrecision(9));
  if (Array.isArray(value)) return value.map(rounded);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, rounded(each)]));
}
