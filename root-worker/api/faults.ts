/** Fault injection: what is to go wrong, put in force, looked at, ended. Only with `UMBEL_FAULTS=1`. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { ulid } from "ulidx";
import { REPLICA_LEAVES_MAX, SHARDS_MAX } from "../../core/collection.ts";
import { FAULT_STAGES, type FaultPlan, type FaultRule } from "../../core/contracts/faults.ts";
import { DEADLINE_MS_MAX } from "../../core/deadlines.ts";
import type { App } from "../app.ts";
import { currentFaults, FAULTS_PATH, putFaults } from "../faults/current-faults.ts";
import { route } from "../route.ts";
import { AnyName } from "./names.ts";

/** Rules travel with every call. */
const RULES_MAX = 100;

const SEED_MAX = 2 ** 32 - 1;

const Rate = z.number().min(0, "is a share from 0 to 1").max(1, "is a share from 0 to 1");

const Rule = z
  .strictObject({
    collection: AnyName,
    shard: z
      .int()
      .min(0)
      .max(SHARDS_MAX - 1)
      .optional(),
    replica: z
      .int()
      .min(0)
      .max(REPLICA_LEAVES_MAX - 1)
      .optional(),
    stage: z.enum(FAULT_STAGES).optional().openapi({ description: "Absent: at every stage" }),
    failRate: Rate.optional().openapi({ description: "The share of calls that fail; 1: the leaf is dead" }),
    delayMs: z
      .int()
      .min(1)
      .max(DEADLINE_MS_MAX, `is at most the longest deadline, ${DEADLINE_MS_MAX}`)
      .optional(),
    workMs: z
      .int()
      .min(1)
      .max(DEADLINE_MS_MAX, `is at most the longest deadline, ${DEADLINE_MS_MAX}`)
      .optional()
      .openapi({
        description:
          "How much later a read of all of a leaf's documents is served, and of a part in proportion",
      }),
    delayRate: Rate.optional().openapi({
      description: "The share of calls that are delayed; absent: all of them",
    }),
  })
  .refine(({ failRate, delayMs, workMs }) => (failRate ?? delayMs ?? workMs) !== undefined, {
    message: "needs a failRate, a delayMs or a workMs, or nothing goes wrong",
  })
  .refine(({ delayMs, delayRate }) => delayRate === undefined || delayMs !== undefined, {
    path: ["delayRate"],
    message: "needs a delayMs",
  });

const Body = z
  .strictObject({
    rules: z.array(Rule).max(RULES_MAX, `at most ${RULES_MAX} rules`),
    seed: z
      .int()
      .min(0)
      .max(SEED_MAX)
      .default(0)
      .openapi({ description: "The same seed draws the same faults" }),
    hedge: z
      .boolean()
      .default(true)
      .openapi({ description: "false: no hedges in the collections of the rules" }),
    retry: z
      .boolean()
      .default(true)
      .openapi({ description: "false: no retries in the collections of the rules" }),
  })
  .openapi("Faults", {
    example: { rules: [{ collection: "films", delayMs: 2_000, delayRate: 0.01 }], seed: 7 },
  });

const answers = (description: string) => ({
  200: { description, content: { "application/json": { schema: Body } } },
});

const TAG = "Operation";

export function faultRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "put",
      path: FAULTS_PATH,
      summary: "Inject faults",
      description:
        "Only with UMBEL_FAULTS=1. The rules take the place of those before; what they name need not exist.",
      tag: TAG,
      scope: "operation:write",
      body: Body,
      responses: answers("They are in force"),
    },
    async (c, { body }) => {
      const plan = toPlan(body);
      await putFaults(c.env, plan);
      return c.json(shown(plan));
    },
  );

  route(
    app,
    {
      method: "get",
      path: FAULTS_PATH,
      summary: "The faults in force",
      tag: TAG,
      scope: "operation:read",
      responses: answers("They are"),
    },
    (c) => c.json(shown(currentFaults())),
  );

  route(
    app,
    {
      method: "delete",
      path: FAULTS_PATH,
      summary: "Inject no faults any longer",
      tag: TAG,
      scope: "operation:write",
      responses: { 204: { description: "There are none" } },
    },
    async (c) => {
      await putFaults(c.env, null);
      return c.body(null, 204);
    },
  );
}

function shown(plan: FaultPlan | null): z.output<typeof Body> {
  const { rules, seed, hedge, retry } = plan ?? { rules: [], seed: 0, hedge: true, retry: true };
  return { rules, seed, hedge, retry };
}

/** zod's optional properties may hold undefined; a rule's may not. */
function toPlan({ rules, ...rest }: z.output<typeof Body>): FaultPlan {
  const defined = rules.map(
    (rule) =>
      Object.fromEntries(
        Object.entries(rule).filter(([, value]) => value !== undefined),
      ) as unknown as FaultRule, // the same rule
  );
  return { revision: ulid(), rules: defined, ...rest };
}
