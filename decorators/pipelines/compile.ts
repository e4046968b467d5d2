/** From a pipeline's declaration to what runs, or to everything that is wrong with it. */
import { compileEventFilter, type EventPredicate } from "../../core/cesql/index.ts";
import type {
  OnError,
  PipelineSpec,
  PipelineStep,
  RetryPolicy,
  Sink,
} from "../../core/contracts/pipelines.ts";
import type { FieldError } from "../../core/errors.ts";
import { prepareStep, type Decorate, type Decorator, type Need } from "../contract.ts";
import { isFunctionStep } from "../function-step.ts";

export interface CompiledStep {
  use: string;
  decorate: Decorate;
  /** What an error of this step does to its event. */
  onError: OnError;
  /** What stands at this step begins it at the same time (`Decorator.gathers`). */
  gathers?: boolean;
  /** Whether it runs users' functions, or steps of a pipeline that may. */
  runsFunctions?: boolean;
}

export interface CompiledPipeline {
  /** Absent: every event passes. */
  matches?: EventPredicate;
  steps: CompiledStep[];
  deliver: Sink[];
  retry: RetryPolicy;
  /** Whether delivered events are kept. */
  keep: boolean;
  /** Whether any of its steps does. */
  runsFunctions?: boolean;
}

export type Compilation =
  | { ok: true; compiled: CompiledPipeline; needs: Need[] }
  | { ok: false; errors: FieldError[] };

/** Knows of a declaration what needs no look at anything else: whether there is what it `needs`, the caller asks. */
export function compilePipeline(spec: PipelineSpec, decorators: readonly Decorator[]): Compilation {
  const errors: FieldError[] = [];
  const needs: Need[] = [];
  const compiled: CompiledPipeline = {
    steps: [],
    deliver: spec.deliver,
    retry: spec.retry ?? {},
    keep: spec.keep ?? false,
  };
  if (spec.filter !== undefined) {
    const filter = compileEventFilter(spec.filter);
    if (filter.ok) compiled.matches = filter.matches;
    else errors.push({ path: "filter", message: filter.message });
  }
  for (const [index, step] of spec.steps.entries()) {
    const prepared = compileStep(step, index, decorators);
    const { use, onError = "retry" } = step;
    if (prepared.ok) {
      const { decorate, gathers = false } = prepared;
      const runsFunctions = prepared.needs.some(({ kind }) => kind === "function" || kind === "pipeline");
      compiled.steps.push({ use, decorate, onError, gathers, runsFunctions });
      if (runsFunctions) compiled.runsFunctions = true;
      needs.push(...prepared.needs);
    } else errors.push(...prepared.errors);
  }
  if (spec.deliver.length === 0) errors.push({ path: "deliver", message: "names at least one sink" });
  return errors.length === 0 ? { ok: true, compiled, needs } : { ok: false, errors };
}

function compileStep(step: PipelineStep, index: number, decorators: readonly Decorator[]) {
  const { use } = step;
  const find = (name: string) => decorators.find((each) => each.name === name);
  if (isFunctionStep(step) || find(use) !== undefined) return prepareStep(step, ["steps", index], find);
  const known = decorators.map(({ name }) => name).join(", ");
  const message = `there is no decorator "${use}"; there is: ${known}`;
  return { ok: false as const, errors: [{ path: `steps[${index}].use`, message }] };
}
