import { describe, expect, it } from "vitest";
import type { Pipeline } from "../../../../core/contracts/pipelines.ts";
import { nothingCounted, type Counted } from "../../../../core/metrics/values.ts";
import { addDeclared } from "../../../../root-worker/graph/declared.ts";
import { GraphBuilder, type Graph } from "../../../../root-worker/graph/graph.ts";
import { mermaid } from "../../../../root-worker/graph/mermaid.ts";
import { addObserved } from "../../../../root-worker/graph/observed.ts";
import { place } from "../../../../root-worker/graph/placement.ts";
import { svg } from "../../../../root-worker/graph/svg.ts";

const pipeline = (name: string, rest: Partial<Pipeline>): Pipeline => ({
  name,
  version: 1,
  topic: name,
  steps: [],
  deliver: [{ collection: name }],
  createdAt: "",
  updatedAt: "",
  ...rest,
});

function graphOf(pipelines: Pipeline[], counted: Partial<Counted> = {}): Graph {
  const graph = new GraphBuilder();
  addDeclared(graph, { pipelines, collections: [], functions: [] });
  addObserved(graph, { ...nothingCounted(), ...counted }, 3_600);
  return graph.graph();
}

const arrows = ({ edges }: Graph): string[] => edges.map(({ from, to, kind }) => `${from} ${kind} ${to}`);

describe("what is declared", () => {
  it("is all that a pipeline names, in steps within steps, too", () => {
    const orders = pipeline("orders", {
      steps: [
        { use: "defaults", with: { level: 1 } },
        { use: "lookup", with: { collection: "customers", id: "c", target: "customer" } },
        {
          use: "foreach",
          with: { field: "items", steps: [{ use: "lookup", with: { collection: "parts" } }] },
        },
        {
          use: "route",
          with: { routes: [{ when: "true", to: [{ topic: "late" }, { collection: "archive" }] }] },
        },
        { use: "pipeline", with: { pipeline: "normalize" } },
        { use: "function:language@abc" },
      ],
      deliver: [
        { collection: "orders" },
        { topic: "shipped" },
        { webhook: { url: "https://hooks.example.com/T0/secret?key=1" } },
        { email: { to: ["a@example.com"] } },
        { reply: true },
      ],
    });
    expect(arrows(graphOf([orders]))).toEqual([
      "collection:customers reads pipeline:orders",
      "collection:parts reads pipeline:orders",
      "pipeline:orders delivers collection:archive",
      "pipeline:orders delivers collection:orders",
      "pipeline:orders runs decorator:defaults",
      "pipeline:orders runs decorator:foreach",
      "pipeline:orders runs decorator:lookup",
      "pipeline:orders runs decorator:pipeline",
      "pipeline:orders runs decorator:route",
      "pipeline:orders delivers email:email",
      "pipeline:orders runs function:language",
      "pipeline:orders calls pipeline:normalize",
      "pipeline:orders delivers topic:late",
      "pipeline:orders delivers topic:shipped",
      "pipeline:orders delivers webhook:hooks.example.com",
      "topic:orders takes pipeline:orders",
    ]);
  });

  it("is not what data of a step happens to be named like", () => {
    const graph = graphOf([
      pipeline("a", { steps: [{ use: "defaults", with: { collection: "x", topic: "y" } }] }),
    ]);
    expect(graph.nodes.map(({ id }) => id)).toEqual([
      "collection:a",
      "decorator:defaults",
      "pipeline:a",
      "topic:a",
    ]);
  });

  it("has collections with their own pipelines", () => {
    const graph = new GraphBuilder();
    const collections = [{ name: "films", pipeline: "clean", searchPipeline: "ask" }];
    addDeclared(graph, { pipelines: [], collections, functions: [{ name: "unused" }] });
    expect(arrows(graph.graph())).toEqual([
      "collection:films decorates pipeline:ask",
      "collection:films decorates pipeline:clean",
    ]);
    expect(graph.graph().nodes.map(({ id }) => id)).toContain("function:unused");
  });
});

describe("what is observed", () => {
  const counters = {
    'umbel_events_total{topic="orders",pipeline="",state="accepted"}': 100,
    'umbel_events_total{topic="orders",pipeline="orders",state="delivered"}': 90,
    'umbel_events_total{topic="orders",pipeline="orders",state="dead"}': 10,
    'umbel_deliveries_total{pipeline="orders",sink="topic:surprise",outcome="delivered"}': 36,
    'umbel_deliveries_total{pipeline="orders",sink="reply",outcome="delivered"}': 1,
    'umbel_step_runs_total{pipeline="orders",decorator="function:language",version="abc",outcome="ok"}': 50,
    'umbel_step_runs_total{pipeline="orders",decorator="function:language",version="def",outcome="failed"}': 50,
  };
  const graph = graphOf([pipeline("orders", { steps: [{ use: "function:language" }] })], { counters });
  const edge = (to: string) => graph.edges.find((each) => each.to === to);

  it("is marked beside what is declared, with rate and share of errors, all versions together", () => {
    expect(edge("pipeline:orders")).toMatchObject({
      declared: true,
      observed: true,
      flow: { count: 100, perSecond: 100 / 3_600, errorShare: 0.1 },
    });
    expect(edge("function:language")).toMatchObject({ flow: { count: 100, errorShare: 0.5 } });
  });

  it("has what a step reads, calls and has within it flow as the step does", () => {
    const steps = [
      { use: "lookup", with: { collection: "customers" } },
      {
        use: "foreach",
        with: { field: "items", steps: [{ use: "lookup", with: { collection: "parts" } }, { use: "trim" }] },
      },
      { use: "pipeline", with: { pipeline: "normalize" } },
      { use: "sample" },
    ];
    const ran = (decorator: string) =>
      `umbel_step_runs_total{pipeline="a",decorator="${decorator}",version="1",outcome="ok"}`;
    const seen = graphOf([pipeline("a", { steps, keep: true })], {
      counters: { [ran("foreach")]: 7, [ran("pipeline")]: 5 },
    });
    const flows = seen.edges.flatMap(({ from, to, flow }) =>
      flow === undefined ? [] : [[from, to, flow.count]],
    );
    expect(flows).toEqual([
      ["collection:customers", "pipeline:a", 7],
      ["collection:parts", "pipeline:a", 7],
      ["pipeline:a", "decorator:foreach", 7],
      ["pipeline:a", "decorator:lookup", 7],
      ["pipeline:a", "decorator:pipeline", 5],
      ["pipeline:a", "decorator:trim", 7],
      ["pipeline:a", "pipeline:normalize", 5],
    ]);
    expect(arrows(seen)).toContain("pipeline:a delivers collection:_events");
  });

  it("marks what is declared and was never seen", () => {
    expect(edge("collection:orders")).toEqual({
      from: "pipeline:orders",
      to: "collection:orders",
      kind: "delivers",
      declared: true,
      observed: false,
    });
  });

  it("marks what was seen and is declared by nobody", () => {
    expect(edge("topic:surprise")).toMatchObject({ declared: false, observed: true, flow: { count: 36 } });
    expect(graph.nodes.find(({ id }) => id === "topic:surprise")?.declared).toBe(false);
  });

  it("is drawn, in Mermaid and as a picture", () => {
    const text = mermaid(graph);
    expect(text).toContain('(["topic surprise"])');
    expect(text).toMatch(/n\d+ ==>\|"delivers 36\/h#44; undeclared"\| n\d+/);
    expect(text).toMatch(/-\.->\|"delivers#44; never seen"\|/);
    const picture = svg(graph);
    expect(picture).toContain(">surprise<");
    expect(picture).toContain("delivers 36/h, undeclared");
    // The ground, a box a node, and a label an edge.
    expect(picture.match(/<rect/g)).toHaveLength(1 + graph.nodes.length + graph.edges.length);
    expect(picture.match(/marker-end/g)).toHaveLength(graph.edges.length);
  });
});

describe("the picture", () => {
  it("has a pipeline's decorators in its box, and below all what hangs together with nothing", () => {
    const graph = new GraphBuilder();
    const steps = [{ use: "trim" }, { use: "defaults" }, { use: "function:guess" }];
    addDeclared(graph, {
      pipelines: [pipeline("a", { steps }), pipeline("b", { steps: [{ use: "trim" }] })],
      collections: [{ name: "alone" }],
      functions: [],
    });
    const { nodes, edges, height } = place(graph.graph());
    expect(nodes.map(({ node, steps: within }) => [node.id, within.map(({ to }) => to)])).toEqual([
      ["collection:a", []],
      ["collection:b", []],
      ["function:guess", []],
      ["pipeline:a", ["decorator:defaults", "decorator:trim"]],
      ["pipeline:b", ["decorator:trim"]],
      ["topic:a", []],
      ["topic:b", []],
      ["collection:alone", []],
    ]);
    expect(edges).toHaveLength(5);
    const bottom = ({ y, height: tall }: { y: number; height: number }) => y + tall / 2;
    const last = nodes.at(-1);
    expect(last && last.y - last.height / 2).toBeGreaterThan(Math.max(...nodes.slice(0, -1).map(bottom)));
    expect(last && bottom(last)).toBeLessThanOrEqual(height);
  });

  it("has no two boxes on each other, and each label on its line", () => {
    const pipelines = Array.from({ length: 12 }, (_, n) =>
      pipeline(`p${n}`, {
        topic: `t${n % 3}`,
        steps: [{ use: "lookup", with: { collection: `c${n % 4}` } }],
        deliver: [{ topic: `t${3 + (n % 5)}` }, { webhook: { url: "https://hooks.example.com/" } }],
      }),
    );
    const { nodes, edges } = place(graphOf(pipelines));
    for (const [n, a] of nodes.entries())
      for (const b of nodes.slice(n + 1))
        expect(
          Math.abs(a.x - b.x) >= (a.width + b.width) / 2 || Math.abs(a.y - b.y) >= (a.height + b.height) / 2,
          `${a.node.id} and ${b.node.id}`,
        ).toBe(true);
    for (const { label, points } of edges)
      expect(points.some(({ x, y }) => Math.hypot(x - label.x, y - label.y) < label.width / 2 + 1)).toBe(
        true,
      );
  });
});

it("a name cannot break out of a drawing", () => {
  const counters = {
    'umbel_deliveries_total{pipeline="a",sink="webhook:<script>\\"]; x",outcome="delivered"}': 1,
  };
  const graph = graphOf([], { counters });
  expect(svg(graph)).not.toContain("<script>");
  expect(mermaid(graph)).not.toMatch(/<script>|"\];/);
});

it("an empty graph is drawn, too", () => {
  expect(svg(graphOf([]))).toContain("There are no pipelines");
  expect(mermaid(graphOf([]))).toBe("flowchart LR\n");
});
