/** What is declared: pipelines with all that they name, and collections with their own pipelines. */
import type { Collection } from "../../core/collection.ts";
import type { Pipeline } from "../../core/contracts/pipelines.ts";
import { isObject } from "../../core/document/values.ts";
import { KEPT_EVENTS } from "../../core/platform-collections.ts";
import { sinkLabel } from "../../core/sink-label.ts";
import type { GraphBuilder, GraphEdge } from "./graph.ts";

export interface Declarations {
  pipelines: readonly Pipeline[];
  collections: readonly Pick<Collection, "name" | "pipeline" | "searchPipeline">[];
  functions: readonly { name: string }[];
}

export function addDeclared(graph: GraphBuilder, { pipelines, collections, functions }: Declarations): void {
  for (const { name } of functions) graph.node("function", name, true);
  for (const { name, pipeline, searchPipeline } of collections) {
    const collection = graph.node("collection", name, true);
    for (const own of [pipeline, searchPipeline]) {
      if (own !== undefined) graph.declare(collection, graph.node("pipeline", own, true), "decorates");
    }
  }
  for (const pipeline of pipelines) addPipeline(graph, pipeline);
}

function addPipeline(graph: GraphBuilder, { name, topic, steps, deliver, keep }: Pipeline): void {
  const pipeline = graph.node("pipeline", name, true);
  graph.declare(graph.node("topic", topic, true), pipeline, "takes");
  for (const step of steps) addStep(graph, pipeline, { use: step.use, options: step.with });
  for (const sink of deliver) {
    const target = sinkNode(graph, sinkLabel(sink), true);
    if (target !== undefined) graph.declare(pipeline, target, "delivers");
  }
  if (keep === true) graph.declare(pipeline, graph.node("collection", KEPT_EVENTS, true), "delivers");
}

/** A step, and the steps within it, wherever in its options they are. */
function addStep(
  graph: GraphBuilder,
  pipeline: string,
  { use, options }: { use: string; options: unknown },
  within?: GraphEdge,
): void {
  const step = graph.declare(pipeline, stepNode(graph, use, true), "runs", within);
  if (!isObject(options)) return;
  const { collection, pipeline: called } = options;
  if (use === "lookup" && typeof collection === "string")
    graph.declare(graph.node("collection", collection, true), pipeline, "reads", step);
  if (use === "pipeline" && typeof called === "string")
    graph.declare(pipeline, graph.node("pipeline", called, true), "calls", step);
  walk(options, (value) => {
    if (typeof value["use"] === "string")
      addStep(graph, pipeline, { use: value["use"], options: value["with"] }, step);
    if (use !== "route") return;
    for (const kind of ["topic", "collection"] as const) {
      const name = value[kind];
      if (typeof name === "string") graph.declare(pipeline, graph.node(kind, name, true), "delivers");
    }
  });
}

/** Visits the objects within a value; those of a step within it are that step's own. */
function walk(value: unknown, visit: (object: Record<string, unknown>) => void): void {
  if (Array.isArray(value)) for (const each of value) walkInto(each, visit);
  else if (isObject(value)) for (const each of Object.values(value)) walkInto(each, visit);
}

function walkInto(value: unknown, visit: (object: Record<string, unknown>) => void): void {
  if (isObject(value)) {
    visit(value);
    if (typeof value["use"] === "string") return;
  }
  walk(value, visit);
}

/** A built-in decorator, or a function: `function:name@version` is a version of `name`. */
export function stepNode(graph: GraphBuilder, use: string, declared: boolean): string {
  const [, name] = /^function:([^@]+)/.exec(use) ?? [];
  return name === undefined ? graph.node("decorator", use, declared) : graph.node("function", name, declared);
}

/** Undefined: whoever invoked it, who is nobody's node. */
export function sinkNode(graph: GraphBuilder, label: string, declared: boolean): string | undefined {
  const [kind = "", ...rest] = label.split(":");
  const name = rest.join(":");
  switch (kind) {
    case "collection":
    case "topic":
    case "webhook":
      return graph.node(kind, name, declared);
    case "email":
      return graph.node("email", "email", declared);
    default:
      return undefined;
  }
}
