/** The graph as a Mermaid flowchart (mermaid.js.org/syntax/flowchart), for documents and issues. */
import { edgeLabel } from "./edge-label.ts";
import type { Graph, GraphNode, NodeKind } from "./graph.ts";

/** Brackets by kind: stadiums are topics, cylinders collections. */
const SHAPES: Record<NodeKind, readonly [string, string]> = {
  topic: ["([", "])"],
  pipeline: ["[[", "]]"],
  decorator: ["(", ")"],
  function: ["{{", "}}"],
  collection: ["[(", ")]"],
  webhook: [">", "]"],
  email: [">", "]"],
};

export function mermaid({ nodes, edges }: Graph): string {
  const numbers = new Map(nodes.map(({ id }, n) => [id, `n${n}`]));
  const lines = ["flowchart LR", ...nodes.map((node, n) => `  n${n}${shape(node)}`)];
  for (const edge of edges) {
    const arrow = edge.declared && edge.observed ? "-->" : edge.declared ? "-.->" : "==>";
    lines.push(`  ${numbers.get(edge.from)} ${arrow}|${quoted(edgeLabel(edge))}| ${numbers.get(edge.to)}`);
  }
  return `${lines.join("\n")}\n`;
}

function shape({ kind, name }: GraphNode): string {
  const [open, close] = SHAPES[kind];
  return `${open}${quoted(kind === name ? name : `${kind} ${name}`)}${close}`;
}

/** Entities in Mermaid's way: names are given by users. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[^\w .:/@%-]/g, (character) => `#${character.codePointAt(0)};`)}"`;
}
