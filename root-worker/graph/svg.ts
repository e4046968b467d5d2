/** The graph as a picture: layers by dagre, drawn as plain SVG without scripts, styles from outside or fonts of its own. */
import dagre from "@dagrejs/dagre";
import { edgeLabel } from "./edge-label.ts";
import type { Graph, GraphEdge, GraphNode, NodeKind } from "./graph.ts";

/** A fill a kind, light enough for dark text on it. */
const FILLS: Record<NodeKind, string> = {
  topic: "#fde9c8",
  pipeline: "#d7e8fb",
  decorator: "#eef1f4",
  function: "#e6defa",
  collection: "#d9f2df",
  webhook: "#fbdcdc",
  email: "#fbdcdc",
};

const NODE_HEIGHT = 40;
const CHARACTER_WIDTH = 7;
const LABEL_CHARACTER_WIDTH = 5.6;
const MARGIN = 20;

/** `nodes` and `edges` as they are; a graph without any is a sentence. */
export function svg({ nodes, edges }: Graph): string {
  const layout = layOut(nodes, edges);
  const { width = 0, height = 0 } = layout.graph();
  const size = { width: Math.max(320, Math.ceil(width)), height: Math.max(80, Math.ceil(height)) };
  const body =
    nodes.length === 0
      ? `<text x="${MARGIN}" y="${NODE_HEIGHT}">There are no pipelines and no collections yet.</text>`
      : [
          ...edges.map((edge) => drawEdge(edge, layout.edge(edge.from, edge.to, edge.kind))),
          ...nodes.map((node) => drawNode(node, layout.node(node.id))),
        ].join("\n");
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" ` +
    `viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12">\n` +
    `<title>What flows where</title>\n` +
    `<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto">` +
    `<path d="M0 0 8 4 0 8z" fill="#57606a"/></marker></defs>\n` +
    `<rect width="100%" height="100%" fill="#ffffff"/>\n${body}\n</svg>\n`
  );
}

/** What dagre is told of the whole, and says of it. */
interface Settings extends Partial<Pick<Box, "width" | "height">> {
  rankdir?: "LR";
  nodesep?: number;
  ranksep?: number;
  marginx?: number;
  marginy?: number;
}

function layOut(nodes: readonly GraphNode[], edges: readonly GraphEdge[]) {
  const layout = new dagre.graphlib.Graph<Settings, Box, Route>({ multigraph: true });
  layout.setGraph({ rankdir: "LR", nodesep: 24, ranksep: 60, marginx: MARGIN, marginy: MARGIN });
  for (const node of nodes) {
    const characters = Math.max(node.name.length, node.kind.length);
    layout.setNode(node.id, { ...UNPLACED, width: characters * CHARACTER_WIDTH + 28, height: NODE_HEIGHT });
  }
  for (const edge of edges) {
    const width = edgeLabel(edge).length * LABEL_CHARACTER_WIDTH + 8;
    layout.setEdge(edge.from, edge.to, { width, height: 16, labelpos: "c" }, edge.kind);
  }
  dagre.layout(layout);
  return layout;
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Before dagre has found a place for it. */
const UNPLACED = { x: 0, y: 0 };

function drawNode({ kind, name, declared }: GraphNode, { x, y, width, height }: Box): string {
  const dash = declared ? "" : ' stroke-dasharray="4 3"';
  return (
    `<g><rect x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" height="${height}" ` +
    `rx="8" fill="${FILLS[kind]}" stroke="#57606a"${dash}/>` +
    `<text x="${round(x)}" y="${round(y - 4)}" text-anchor="middle" fill="#57606a" font-size="10">${kind}</text>` +
    `<text x="${round(x)}" y="${round(y + 12)}" text-anchor="middle" fill="#1f2328">${escaped(name)}</text></g>`
  );
}

interface Route extends Partial<Box> {
  labelpos?: "c";
  points?: { x: number; y: number }[];
}

function drawEdge(edge: GraphEdge, { points = [], x = 0, y = 0 }: Route): string {
  const path = points.map((point, n) => `${n === 0 ? "M" : "L"}${round(point.x)} ${round(point.y)}`).join("");
  const colour = edge.flow !== undefined && edge.flow.errorShare > 0 ? "#cf222e" : "#57606a";
  const dash = edge.observed ? (edge.declared ? "" : ' stroke-width="2.5"') : ' stroke-dasharray="5 4"';
  return (
    `<g><path d="${path}" fill="none" stroke="${colour}"${dash} marker-end="url(#arrow)"/>` +
    `<text x="${round(x)}" y="${round(y + 4)}" text-anchor="middle" fill="${colour}" font-size="10" ` +
    `stroke="#ffffff" stroke-width="3" paint-order="stroke">${escaped(edgeLabel(edge))}</text></g>`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
