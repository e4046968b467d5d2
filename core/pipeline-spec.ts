/** A pipeline's declaration, as it was given. */
import type { Pipeline, PipelineSpec } from "./contracts/pipelines.ts";

/** What of a pipeline its user declared. */
export function specOf(pipeline: Pipeline): PipelineSpec {
  const { name: _name, version: _version, createdAt: _created, updatedAt: _updated, ...others } = pipeline;
  const { restores: _restores, ...spec } = others;
  return spec;
}
