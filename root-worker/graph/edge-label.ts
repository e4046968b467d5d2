/** What is written at an edge. */
import type { Flow, GraphEdge } from "./graph.ts";

/** Declared and never seen, or seen and declared by nobody, is said; else how much flows, and what of it fails. */
export function edgeLabel({ kind, declared, observed, flow }: GraphEdge): string {
  if (!observed || flow === undefined) return `${kind}, never seen`;
  const failing = flow.errorShare > 0 ? `, ${percent(flow.errorShare)} fail` : "";
  const undeclared = declared ? "" : ", undeclared";
  return `${kind} ${rate(flow)}${failing}${undeclared}`;
}

/** What is rarer than once an hour is counted. */
function rate({ count, perSecond }: Flow): string {
  if (perSecond >= 1) return `${rounded(perSecond)}/s`;
  if (perSecond * 60 >= 1) return `${rounded(perSecond * 60)}/min`;
  return perSecond * 3_600 >= 1 ? `${rounded(perSecond * 3_600)}/h` : `${count}×`;
}

function rounded(value: number): string {
  return String(Number(value.toPrecision(2)));
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
