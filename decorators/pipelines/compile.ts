/** From a pipeline's declaration to what runs, or to everything that is wrong with it. */
import { compileEventFilter, type EventPredicate } from "../../core/cesql/index.ts";
import type { PipelineSpec, PipelineStep, Sink } from "../../core/contracts/pipelines.ts";
import type { FieldError } from "../../core/errors.ts";
import type { Decorate, Decorator } from "../contract.ts";

export interface CompiledStep {
  use: string;
  decorate: Decorate;
}

export interface CompiledPipeline {
  /** Absent: every event passes. */
  matches?: EventPredicate;
  steps: CompiledStep[];
  deliver: Sink[];
}

export type Compilation = { ok: true; compiled: CompiledPipeline } | { ok: false; errors: FieldError[] };

/** Knows of a declaration what needs no look at anything else: whether sinks exist, the caller asks. */
export function compilePipeline(spec: PipelineSpec, decorators: readonly Decorator[]): Compilation {
  const errors: FieldError[] = [];
  const compiled: CompiledPipeline = { steps: [], deliver: spec.deliver };
  if (spec.filter !== undefined) {
    const filter = compileEventFilter(spec.filter);
    if (filter.ok) compiled.matches = filter.matches;
    else errors.push({ path: "filter", message: filter.message });
  }
  for (const [index, step] of spec.steps.entries()) {
    const prepared = compileStep(step, index, decorators);
    if (prepared.ok) compiled.steps.push({ use: step.use, decorate: prepared.decorate });
    else errors.push(...prepared.errors);
  }
  if (spec.deliver.length === 0) errors.push({ path: "deliver", message: "names at least one sink" });
  return errors.length === 0 ? { ok: true, compiled } : { ok: false, errors };
}

function compileStep({ use, with: options }: PipelineStep, index: number, decorators: readonly Decorator[]) {
  const decorator = decorators.find(({ name }) => name === use);
  const find = (name: string) => decorators.find((each) => each.name === name);
  if (decorator !== undefined) return decorator.prepare(options, ["steps", index, "with"], find);
  const known = decorators.map(({ name }) => name).join(", ");
  const message = `there is no decorator "${use}"; there is: ${known}`;
  return { ok: false as const, errors: [{ path: `steps[${index}].use`, message }] };
}
