/** The graph of what hangs together: what is declared beside what was seen flowing. Plain data. */

export const NODE_KINDS = [
  "topic",
  "pipeline",
  "decorator",
  "function",
  "collection",
  "webhook",
  "email",
] as const;
export type NodeKind = (typeof NODE_KINDS)[number];

export interface GraphNode {
  /** Kind and name: `topic:orders`. */
  id: string;
  kind: NodeKind;
  name: string;
  /** Whether anything declares it; a topic that events come to and no pipeline listens to is declared by nobody. */
  declared: boolean;
}

/**
 * What an edge says: events that a pipeline takes, a step that it runs, documents that a step reads, where it delivers,
 * another's steps that it runs, or the pipeline that a collection's writes or searches go through.
 */
export type EdgeKind = "takes" | "runs" | "reads" | "delivers" | "calls" | "decorates";

/** What was seen of an edge in the window. */
export interface Flow {
  /** In the window. */
  count: number;
  perSecond: number;
  /** 0 to 1. */
  errorShare: number;
  /** From acceptance to the end of the run, of nineteen in twenty, in seconds; only of events that pipelines take. */
  lagSeconds?: number;
}

export interface GraphEdge {
  from: string;
  to: string;
  kind: EdgeKind;
  declared: boolean;
  observed: boolean;
  flow?: Flow;
}

export interface Graph {
  nodes: GraphNode[];
  edges: GraphEdge[];
}

export function nodeId(kind: NodeKind, name: string): string {
  return `${kind}:${name}`;
}

/** Collects nodes and edges, each once. */
export class GraphBuilder {
  private readonly nodes = new Map<string, GraphNode>();
  private readonly edges = new Map<string, GraphEdge>();
  /** By the key of a step's edge. */
  private readonly within = new Map<string, GraphEdge[]>();

  node(kind: NodeKind, name: string, declared: boolean): string {
    const id = nodeId(kind, name);
    const node = this.nodes.get(id);
    if (node === undefined) this.nodes.set(id, { id, kind, name, declared });
    else node.declared ||= declared;
    return id;
  }

  /**
   * `within`: the edge of the step that this one is of. What a lookup reads, which pipeline a step calls and which steps are within
   * it nobody counts: they are taken to flow as their step does.
   */
  declare(from: string, to: string, kind: EdgeKind, within?: GraphEdge): GraphEdge {
    const edge = this.edge(from, to, kind);
    edge.declared = true;
    // The same decorator may be within itself, and counted by itself.
    if (within !== undefined && within !== edge) {
      const key = edgeKey(within);
      this.within.set(key, [...(this.within.get(key) ?? []), edge]);
    }
    return edge;
  }

  observe(from: string, to: string, kind: EdgeKind, flow: Flow): void {
    const edge = this.edge(from, to, kind);
    edge.observed = true;
    edge.flow = flow;
  }

  /** What is within each step that was seen, unless it was counted by itself. */
  private addWithin(): void {
    const seen = [...this.edges.values()].filter(({ observed }) => observed);
    for (const outer of seen) {
      for (const edge of this.within.get(edgeKey(outer)) ?? []) {
        if (edge.observed || outer.flow === undefined) continue;
        edge.observed = true;
        edge.flow = outer.flow;
        // Levels of steps within steps are few; the list grows while it is walked.
        seen.push(edge);
      }
    }
  }

  /** By id, so that the same deployment always gives the same graph. */
  graph(): Graph {
    this.addWithin();
    return {
      nodes: [...this.nodes.values()].toSorted((a, b) => compare(a.id, b.id)),
      edges: [...this.edges.values()].toSorted((a, b) => compare(edgeKey(a), edgeKey(b))),
    };
  }

  private edge(from: string, to: string, kind: EdgeKind): GraphEdge {
    const key = edgeKey({ from, to, kind });
    const edge = this.edges.get(key) ?? { from, to, kind, declared: false, observed: false };
    this.edges.set(key, edge);
    return edge;
  }
}

function edgeKey({ from, to, kind }: Pick<GraphEdge, "from" | "to" | "kind">): string {
  return `${from} ${to} ${kind}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
