/** Runs the steps of another pipeline. */
import { z } from "zod";
import { defineDecorator, Reject } from "../contract.ts";
import { CALLS_MAX } from "../limits.ts";
import { nameOption } from "../support/options.ts";

export const pipeline = defineDecorator({
  name: "pipeline",
  summary: "Runs the steps of another pipeline, as it is then. Its filter and its sinks do not count.",
  options: z.strictObject({ pipeline: nameOption().describe("Whose steps are run.") }),
  examples: [
    {
      shows: "what the other pipeline's steps make goes on",
      with: { pipeline: "normalize" },
      given: { data: { a: 1 } },
      expect: [{ data: { a: 1, ranIn: "normalize" } }],
    },
  ],
  make({ pipeline }, preparation) {
    preparation.needs("pipeline", pipeline, ["pipeline"]);
    return (event, context) => {
      const around = [context.pipeline, ...context.calls];
      // A cycle is refused when it is declared; this is for one that two declarations of the same moment close.
      if (around.includes(pipeline)) throw new Reject(`The pipeline "${pipeline}" would run itself.`);
      if (around.length > CALLS_MAX) throw new Reject(`More than ${CALLS_MAX} pipelines call each other.`);
      return context.services.pipelines.run(pipeline, event, {
        ...context,
        calls: [...context.calls, pipeline],
      });
    };
  },
});
