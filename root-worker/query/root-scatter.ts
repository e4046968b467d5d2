/**
 * The root's scatter: a function's `map` beside the data, and its `reduce` on the way back.
 *
 * 1. Settle the function's version: all leaves run the same.
 * 2. Plan: check the request against the collection.
 * 3. Scatter: leaves map and reduce, branches reduce.
 * 4. A function that has failed is the answer: no other leaf would do better.
 * 5. Begin again when the collection has changed under it: a leaf has refused.
 * 6. Refuse an answer that lacks shards, unless the caller takes one.
 * 7. Reduce what the branches answer, and say what it stands on.
 */
import type { Context } from "hono";
import { refOf, type Collection } from "../../core/collection.ts";
import type { BranchScatterAnswer, ScatterPlan } from "../../core/contracts/scatter.ts";
import type { LeafReport } from "../../core/contracts/search.ts";
import type { JsonValue } from "../../core/cloudevents/event.ts";
import type { Failure, Result } from "../../core/errors.ts";
import { valueOfText, type FunctionFailure, type JsonText } from "../../core/functions/answers.ts";
import type { FunctionHost } from "../../core/functions/function-host.ts";
import { versionOf } from "../../core/functions/reference.ts";
import { isFunctionFault } from "../../core/map-reduce/function-fault.ts";
import { mapReduceOf } from "../../core/map-reduce/map-reduce.ts";
import { Partials } from "../../core/map-reduce/partials.ts";
import { COLLECTIONS_MAX } from "../../core/scatter/limits.ts";
import { WorkPaces } from "../../core/scatter/work-pace.ts";
import { withinDeadline } from "../../core/within-deadline.ts";
import type { App, RootEnv } from "../app.ts";
import { collectionToRead } from "../bookmark.ts";
import { forgetCollection } from "../catalog-cache.ts";
import { openFunctionHost } from "../functions/open-host.ts";
import { runProblem } from "../functions/run-problem.ts";
import { Problem } from "../problem.ts";
import { shardsOf } from "./branches.ts";
import { costOfReports, coverageOf, gatherLeaves, leavesAnswer } from "./gather.ts";
import { filterProblem } from "./plan.ts";
import {
  ATTEMPTS_MAX,
  hasChanged,
  refuseFutureBookmark,
  refuseIncomplete,
  refuseOverBudget,
} from "./refuse.ts";
import { countCalls } from "../../core/metrics/meter-functions.ts";
import { meterLeaves } from "./meter-leaves.ts";
import { Deadline, scatter } from "./scatter.ts";
import { scatterReplicas, type Scattered } from "./scatter-replicas.ts";
import { traceLeaves } from "./trace-leaves.ts";
import type { ScatterAnswer, ScatterRequest } from "./scatter-request.ts";

/** What of its time a scatter that may be partial gives its leaves: what they then answer is still to be reduced. */
const LEAF_SHARE = 0.75;

/** What this isolate knows of the leaves that it has run functions at, and of how long these take. */
const paces = new WorkPaces(2 * COLLECTIONS_MAX);

export async function rootScatter(
  c: Context<App>,
  name: string,
  request: ScatterRequest,
): Promise<ScatterAnswer> {
  const deadline = new Deadline(request.deadlineMs);
  const host = openFunctionHost(c.env);
  // 1. Settle the version, for good: also when the collection changes meanwhile.
  const version = await c.var.phases.time("catalog", () => settleVersion(host, request));
  for (let attempt = 1; ; attempt++) {
    // 2. Plan.
    const collection = await c.var.phases.time("catalog", () => collectionToRead(c, name, request.bookmark));
    refuseOverBudget(collection);
    const plan = makePlan(collection, request, version);

    // 3. Scatter.
    const askedAt = Date.now();
    const { answers, gathered } = await c.var.phases.time("scatter", () =>
      ask(c, collection, plan, request, deadline),
    );
    meterLeaves(name, gathered.reports);
    if (c.var.recorded)
      traceLeaves(c.var.trace, name, gathered.reports, { startedAt: askedAt, asked: "scatter" });

    // 4. The function's own failure.
    const fault = answers.find((answer) => answer.fault !== undefined)?.fault;
    c.executionCtx.waitUntil(tellUse(c.env, plan, answers, fault === undefined ? 0 : 1));
    if (fault !== undefined) throw functionProblem(plan, fault);

    // 5. Begin again.
    if (hasChanged(gathered.failed) && attempt < ATTEMPTS_MAX) {
      forgetCollection(name);
      continue;
    }

    // 6. Refuse.
    refuseFutureBookmark(gathered);
    refuseIncomplete(gathered, request);

    // 7. Reduce.
    const reduced = await c.var.phases.time("reduce", () => reduceLast(host, plan, answers, deadline));
    const functionCalls = answers.reduce((sum, answer) => sum + answer.functionCalls, reduced.calls);
    return {
      result: reduced.value,
      function: plan.function,
      leaves: leavesAnswer(collection, gathered),
      coverage: coverageOf(collection, gathered),
      cost: costOfReports(gathered.reports, functionCalls),
      tookMs: Date.now() - c.var.startedAt,
      ...(request.explain ? { explain: gathered.reports.map((report) => ({ ...report })) } : {}),
    };
  }
}

async function settleVersion(
  host: FunctionHost,
  { function: named, split }: Pick<ScatterRequest, "function" | "split">,
): Promise<string> {
  if (split !== undefined) return versionOf(split, crypto.randomUUID());
  const resolved = await host.resolve(named);
  if (!resolved.ok) throw Problem.from(resolved);
  return resolved.version;
}

function makePlan({ fields }: Collection, request: ScatterRequest, version: string): ScatterPlan {
  const { function: named, input, filter, select } = request;
  const problem = filter === undefined ? undefined : filterProblem(filter, fields);
  if (problem !== undefined) throw Problem.from(problem);
  return {
    function: { name: named.name, version },
    input: JSON.stringify(input ?? null),
    ...(filter === undefined ? {} : { filter }),
    ...(select === undefined ? {} : { select }),
  };
}

async function ask(
  c: Context<App>,
  collection: Collection,
  plan: ScatterPlan,
  { partial }: ScatterRequest,
  deadline: Deadline,
): Promise<Scattered> {
  const { branches } = c.var;
  const ref = refOf(collection);
  const share = partial === "allow" ? LEAF_SHARE : 1;
  const askShards = (): Promise<BranchScatterAnswer[]> =>
    scatter(
      shardsOf(collection),
      deadline,
      (shards, deadlineMs) => branches.scatter({ ref, shards, plan, deadlineMs: deadlineMs * share }),
      { functionCalls: 0, leaves: [] },
    );
  if (collection.layout === "replicas")
    return scatterReplicas(plan, {
      branches,
      collection,
      paces,
      deadline: deadline.share(share),
      askOne: askShards,
      waitUntil: (promise) => c.executionCtx.waitUntil(promise),
    });
  const answers = await askShards();
  return { answers, gathered: gatherLeaves(answers) };
}

/**
 * The result. Where nothing matches, it is what the function makes of no documents, so that it has the form that it always has.
 */
async function reduceLast(
  host: FunctionHost,
  plan: ScatterPlan,
  answers: readonly BranchScatterAnswer[],
  deadline: Deadline,
): Promise<{ value: JsonValue; calls: number }> {
  const run = mapReduceOf(host, plan);
  const partials = new Partials(run);
  const found = answers.flatMap(({ partial }) => (partial === undefined ? [] : [partial]));
  const reduce = async (): Promise<Result<JsonText>> => {
    const given = found.length > 0 ? found : [await run.map("[]")];
    for (const one of given) {
      const failed =
        typeof one === "string" ? await partials.add(one) : one.ok ? await partials.add(one.json) : one;
      if (failed !== undefined) return failed;
    }
    return partials.last();
  };
  const reduced = await withinDeadline(deadline.leftMs(), reduce());
  const answer = reduced.ok ? valueOfText(reduced) : reduced;
  if (!answer.ok) throw isFunctionFault(answer.code) ? functionProblem(plan, answer) : Problem.from(answer);
  return { value: answer.value, calls: partials.calls + (found.length > 0 ? 0 : 1) };
}

/** Adds to what the function's version has been used for. Nobody waits for it, and a scatter that is not counted is none less. */
async function tellUse(
  env: RootEnv,
  { function: ran }: ScatterPlan,
  answers: readonly BranchScatterAnswer[],
  errors: number,
): Promise<void> {
  const reports = answers.flatMap(({ leaves }) => leaves);
  const sum = (value: (report: LeafReport) => number): number =>
    reports.reduce((total, report) => total + value(report), 0);
  const called = {
    ...ran,
    calls: answers.reduce(
      (total, { functionCalls }) => total + functionCalls,
      sum(({ functionCalls = 0 }) => functionCalls),
    ),
    errors,
    ms: sum(({ startMs, endMs }) => endMs - startMs),
  };
  countCalls(called);
  try {
    await env.CATALOG.addFunctionUses([{ ...called, kind: "map", items: sum(({ mapped = 0 }) => mapped) }]);
  } catch (error) {
    console.error(JSON.stringify({ event: "function-use-untold", error: String(error) }));
  }
}

/** The function's failure as its owner is to see it: which version, where in its code, and what it said. */
function functionProblem({ function: ran }: ScatterPlan, fault: Failure & Partial<FunctionFailure>): Problem {
  const { module, line } = fault;
  const { members } = runProblem({ ...fault, version: ran.version });
  const place = module === undefined ? "" : ` (${module}${line === undefined ? "" : `:${line}`})`;
  const detail = `${ran.name}@${ran.version}: ${fault.message}${place}`;
  return new Problem(fault.code, detail, fault.errors, { function: ran, ...members });
}
