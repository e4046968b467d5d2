/** The graph as a picture: plain SVG without scripts, styles from outside or fonts of its own. */
import { edgeLabel } from "./edge-label.ts";
import type { Graph, GraphEdge, NodeKind } from "./graph.ts";
import {
  MARGIN,
  NODE_HEIGHT,
  place,
  STEP_HEIGHT,
  stepText,
  type PlacedEdge,
  type PlacedNode,
  type Point,
} from "./placement.ts";

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

const GREY = "#57606a";
const RED = "#cf222e";

/** Pipelines with their steps in them; a graph without nodes is a sentence. */
export function svg(graph: Graph): string {
  const { nodes, edges, ...placed } = place(graph);
  const size = {
    width: Math.max(320, Math.ceil(placed.width)),
    height: Math.max(80, Math.ceil(placed.height)),
  };
  const body =
    nodes.length === 0
      ? `<text x="${MARGIN}" y="${NODE_HEIGHT}">There are no pipelines and no collections yet.</text>`
      : // Labels come after all lines, so that none is crossed out.
        [
          ...edges.map((edge) => drawLine(edge)),
          ...nodes.map((node) => drawNode(node)),
          ...edges.map((edge) => drawLabel(edge)),
        ].join("\n");
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}" ` +
    `viewBox="0 0 ${size.width} ${size.height}" font-family="system-ui, sans-serif" font-size="12">\n` +
    `<title>What flows where</title>\n` +
    `<defs>${arrow("arrow", GREY)}${arrow("arrow-failing", RED)}</defs>\n` +
    `<rect width="100%" height="100%" fill="#ffffff"/>\n${body}\n</svg>\n`
  );
}

function arrow(id: string, colour: string): string {
  return (
    `<marker id="${id}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" ` +
    `markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0 8 4 0 8z" fill="${colour}"/></marker>`
  );
}

function drawNode({ node, steps, x, y, width, height }: PlacedNode): string {
  const { kind, name, declared } = node;
  const [left, top] = [x - width / 2, y - height / 2];
  const dash = declared ? "" : ' stroke-dasharray="4 3"';
  const lines = steps.map((step, n) =>
    text(x, top + NODE_HEIGHT + (n + 0.5) * STEP_HEIGHT, stepText(step), {
      colour: colourOf(step),
      small: true,
      italic: !step.observed,
    }),
  );
  return (
    `<g><rect x="${round(left)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" ` +
    `rx="8" fill="${FILLS[kind]}" stroke="${GREY}"${dash}/>` +
    text(x, top + 16, kind, { colour: GREY, small: true }) +
    text(x, top + 32, name, { colour: "#1f2328" }) +
    `${lines.join("")}</g>`
  );
}

function drawLine({ edge, points }: PlacedEdge): string {
  const dash = edge.observed ? (edge.declared ? "" : ' stroke-width="2.5"') : ' stroke-dasharray="5 4"';
  const colour = colourOf(edge);
  const marker = colour === RED ? "arrow-failing" : "arrow";
  return `<path d="${curve(points)}" fill="none" stroke="${colour}"${dash} marker-end="url(#${marker})"/>`;
}

function drawLabel({ edge, label: { x, y, width, height } }: PlacedEdge): string {
  return (
    `<g><rect x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" ` +
    `height="${round(height)}" fill="#ffffff"/>` +
    `${text(x, y + 4, edgeLabel(edge), { colour: colourOf(edge), small: true })}</g>`
  );
}

/** Through every point, and level there, since layers go from left to right. */
function curve(points: readonly Point[]): string {
  const [first, ...others] = points;
  if (first === undefined) return "";
  let [path, from] = [`M${at(first)}`, first];
  for (const point of others) {
    const x = (from.x + point.x) / 2;
    path += `C${at({ x, y: from.y })} ${at({ x, y: point.y })} ${at(point)}`;
    from = point;
  }
  return path;
}

function at({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

function colourOf({ flow }: GraphEdge): string {
  return flow !== undefined && flow.errorShare > 0 ? RED : GREY;
}

function text(
  x: number,
  y: number,
  said: string,
  { colour, small = false, italic = false }: { colour: string; small?: boolean; italic?: boolean },
): string {
  return (
    `<text x="${round(x)}" y="${round(y)}" text-anchor="middle" fill="${colour}"` +
    `${small ? ' font-size="10"' : ""}${italic ? ' font-style="italic"' : ""}>${escaped(said)}</text>`
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(said: string): string {
  return said
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
