/** Counts what functions are used for by requests to the root itself. */
import type { Context } from "hono";
import type { FunctionKind } from "../../core/contracts/functions.ts";
import type { FunctionRunFailure, FunctionUsage } from "../../core/functions/answers.ts";
import { countCalls } from "../../core/metrics/meter-functions.ts";
import { UseMeter } from "../../core/functions/use-meter.ts";
import type { App } from "../app.ts";

const meter = new UseMeter();

type Answer = { ok: true; version: string; usage: FunctionUsage } | FunctionRunFailure;

/** Counts a call of one input. What did not come to a version is nobody's use. */
export function countUse(c: Context<App>, name: string, kind: FunctionKind, answer: Answer): void {
  const { version, usage } = answer;
  if (version === undefined) return;
  const called = { name, version, calls: 1, errors: answer.ok ? 0 : 1, ms: usage?.ms ?? 0 };
  countCalls(called);
  meter.count({ ...called, kind, items: 1 });
  meter.tellLater({
    tell: (uses) => c.env.CATALOG.addFunctionUses(uses),
    keepAwake: (work) => c.executionCtx.waitUntil(work),
    wait: (ms) => scheduler.wait(ms),
  });
}
