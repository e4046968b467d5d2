/** Where everything of the graph's picture is: layers by dagre, and below them what hangs together with nothing. */
import dagre from "@dagrejs/dagre";
import { edgeLabel } from "./edge-label.ts";
import type { Graph, GraphEdge, GraphNode } from "./graph.ts";

export const NODE_HEIGHT = 40;
export const STEP_HEIGHT = 14;
export const LABEL_HEIGHT = 14;
const CHARACTER_WIDTH = 7;
const LABEL_CHARACTER_WIDTH = 5.6;
export const MARGIN = 20;
const GAP = 24;

export interface Point {
  x: number;
  y: number;
}

export interface Box extends Point {
  /** The point is its middle. */
  width: number;
  height: number;
}

export interface PlacedNode extends Box {
  node: GraphNode;
  /** Of a pipeline: the built-in decorators that it runs. As nodes, a few would be tied to all pipelines across the picture. */
  steps: GraphEdge[];
}

export interface PlacedEdge {
  edge: GraphEdge;
  points: Point[];
  label: Box;
}

export interface Placement {
  nodes: PlacedNode[];
  edges: PlacedEdge[];
  width: number;
  height: number;
}

/** Before dagre has found a place for it. */
const UNPLACED = { x: 0, y: 0 };

interface Settings extends Partial<Pick<Box, "width" | "height">> {
  rankdir?: "LR";
  nodesep?: number;
  edgesep?: number;
  ranksep?: number;
  marginx?: number;
  marginy?: number;
}

interface Route extends Partial<Box> {
  labelpos?: "c";
  points?: Point[];
}

export function place(graph: Graph): Placement {
  const kinds = new Map(graph.nodes.map(({ id, kind }) => [id, kind]));
  const isStep = ({ kind, to }: GraphEdge): boolean => kind === "runs" && kinds.get(to) === "decorator";
  const steps = Map.groupBy(graph.edges.filter(isStep), ({ from }) => from);
  const edges = graph.edges.filter((edge) => !isStep(edge));
  const nodes = graph.nodes
    .filter(({ kind }) => kind !== "decorator")
    .map((node) => sized(node, steps.get(node.id) ?? []));
  const tied = new Set(edges.flatMap(({ from, to }) => [from, to]));
  const layers = inLayers(
    nodes.filter(({ node }) => tied.has(node.id)),
    edges,
  );
  const alone = inRows(
    nodes.filter(({ node }) => !tied.has(node.id)),
    layers,
  );
  return {
    nodes: [...layers.nodes, ...alone.nodes],
    edges: layers.edges,
    width: Math.max(layers.width, alone.width),
    height: alone.height,
  };
}

function sized(node: GraphNode, steps: GraphEdge[]): PlacedNode {
  const lines = [node.name, node.kind, ...steps.map((step) => stepText(step))];
  const width = Math.max(...lines.map(({ length }) => length)) * CHARACTER_WIDTH + 28;
  return { ...UNPLACED, node, steps, width, height: NODE_HEIGHT + steps.length * STEP_HEIGHT };
}

/** What a pipeline's box says of a step of it. */
export function stepText({ to, ...flow }: GraphEdge): string {
  return edgeLabel({ ...flow, to }).replace(/^runs/, to.replace(/^decorator:/, ""));
}

function inLayers(nodes: readonly PlacedNode[], edges: readonly GraphEdge[]): Placement {
  const layout = new dagre.graphlib.Graph<Settings, Box, Route>({ multigraph: true });
  layout.setGraph({
    rankdir: "LR",
    nodesep: GAP,
    edgesep: 12,
    ranksep: 40,
    marginx: MARGIN,
    marginy: MARGIN,
  });
  for (const { node, x, y, width, height } of nodes) layout.setNode(node.id, { x, y, width, height });
  for (const edge of edges) {
    const width = edgeLabel(edge).length * LABEL_CHARACTER_WIDTH + 8;
    layout.setEdge(edge.from, edge.to, { width, height: LABEL_HEIGHT, labelpos: "c" }, edge.kind);
  }
  dagre.layout(layout);
  const { width = 0, height = 0 } = nodes.length === 0 ? {} : layout.graph();
  return {
    nodes: nodes.map((placed) => ({ ...placed, ...layout.node(placed.node.id) })),
    edges: edges.map((edge) => {
      const {
        points = [],
        x = 0,
        y = 0,
        width: labelWidth = 0,
        height: labelHeight = 0,
      } = layout.edge(edge.from, edge.to, edge.kind);
      return {
        edge,
        points: fromSideToSide(layout.node(edge.from), layout.node(edge.to), points),
        label: { x, y, width: labelWidth, height: labelHeight },
      };
    }),
    width,
    height,
  };
}

/** From the middle of the right side to the middle of the left one, where the way leads from left to right. */
function fromSideToSide(from: Box, to: Box, points: Point[]): Point[] {
  const start = { x: from.x + from.width / 2, y: from.y };
  const end = { x: to.x - to.width / 2, y: to.y };
  const between = points.slice(1, -1);
  const whole = [start, ...between, end];
  const ascends = whole.every(({ x }, n) => n === 0 || x >= (whole[n - 1]?.x ?? x));
  return ascends ? whole : points;
}

/** Rows below the layers, no wider than they are unless one box is. */
function inRows(
  nodes: readonly PlacedNode[],
  { width: widthOfLayers, height: top }: Pick<Placement, "width" | "height">,
): Pick<Placement, "nodes" | "width" | "height"> {
  const widthMax = Math.max(widthOfLayers, 800) - MARGIN;
  let [left, y, widest] = [MARGIN, top === 0 ? MARGIN : top, 0];
  let rowHeight = 0;
  const placed = nodes.map((each) => {
    if (left > MARGIN && left + each.width > widthMax) {
      left = MARGIN;
      y += rowHeight + GAP;
      rowHeight = 0;
    }
    const box = { ...each, x: left + each.width / 2, y: y + each.height / 2 };
    left += each.width + GAP;
    rowHeight = Math.max(rowHeight, each.height);
    widest = Math.max(widest, left - GAP + MARGIN);
    return box;
  });
  return { nodes: placed, width: widest, height: nodes.length === 0 ? top : y + rowHeight + MARGIN };
}
