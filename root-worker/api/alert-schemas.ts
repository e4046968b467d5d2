/** What a rule may say, and what is answered of alerts. */
import { z } from "@hono/zod-openapi";
import { MEASURES, SEVERITIES, type AlertRule, type Measure } from "../../core/contracts/alerts.ts";
import { definitionOf, isMetricName, METRICS, type MetricName } from "../../core/metrics/definitions.ts";

/** Slots of 15 s make up an hour; beyond it windows are of hours, of which three days are kept. */
const WINDOW_SECONDS = { min: 30, max: 3 * 86_400 };

const seconds = (description: string) =>
  z.int().min(WINDOW_SECONDS.min).max(WINDOW_SECONDS.max).openapi({ description });

const Metric = z
  .custom<MetricName>((name) => typeof name === "string" && isMetricName(name), {
    error: ({ input }) =>
      `there is no metric ${JSON.stringify(input)}; there is: ${Object.keys(METRICS).join(", ")}`,
  })
  .openapi({ type: "string", example: "umbel_dead_letters_total" });

const where = z
  .record(z.string(), z.string())
  .optional()
  .openapi({ description: "Series whose labels have these values" });

const common = {
  summary: z.string().max(500).optional(),
  severity: z.enum(SEVERITIES).optional(),
  enabled: z.boolean().optional(),
  by: z
    .array(z.string())
    .max(4)
    .optional()
    .openapi({ description: "Labels that make alerts of their own, such as `pipeline`" }),
};

const Threshold = z.strictObject({
  kind: z.literal("threshold"),
  metric: Metric,
  where,
  measure: z.enum(MEASURES),
  overSeconds: seconds("The stretch of time that is measured"),
  above: z.number().optional(),
  below: z.number().optional(),
  forSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .optional()
    .openapi({ description: "Fires when it was so for as long" }),
  valuesMin: z.int().min(1).optional(),
  ...common,
});

const Selection = z.strictObject({ metric: Metric, where });

const BurnRate = z.strictObject({
  kind: z.literal("burn-rate"),
  bad: Selection,
  total: Selection,
  objective: z.number().gt(0).lt(1).openapi({ description: "The share that is to be good", example: 0.999 }),
  windows: z
    .array(
      z
        .strictObject({
          longSeconds: seconds("Long"),
          shortSeconds: seconds("Short"),
          factor: z.number().positive(),
        })
        .refine(
          ({ longSeconds, shortSeconds }) => shortSeconds < longSeconds,
          "the short window is the shorter",
        ),
    )
    .min(1)
    .max(4)
    .optional(),
  totalMin: z.int().min(1).optional(),
  ...common,
});

const Silence = z.strictObject({
  kind: z.literal("silence"),
  metric: Metric,
  where,
  forSeconds: seconds("How long there was nothing"),
  baselineSeconds: seconds("The stretch of time before that says what is usual"),
  expectedMin: z.number().positive().optional(),
  ...common,
});

const Outlier = z.strictObject({
  kind: z.literal("outlier"),
  metric: Metric,
  where,
  across: z
    .string()
    .openapi({ description: "The label that tells those apart that are compared", example: "shard" }),
  measure: z.enum(["mean", "p50", "p90", "p95", "p99"]),
  overSeconds: seconds("The stretch of time that is measured"),
  factor: z.number().gt(1),
  differenceMin: z.number().min(0).optional(),
  valuesMin: z.int().min(1).optional(),
  ...common,
});

export const Rule = z
  .discriminatedUnion("kind", [Threshold, BurnRate, Silence, Outlier])
  .superRefine((rule, context) => {
    for (const { path, message } of ruleFaults(rule as AlertRule))
      // absent options may be undefined here
      context.addIssue({ code: "custom", path, message });
  })
  .openapi("AlertRule");

interface Fault {
  path: (string | number)[];
  message: string;
}

const MEASURES_OF: Record<"counter" | "gauge" | "histogram", readonly Measure[]> = {
  counter: ["increase", "rate"],
  gauge: ["value"],
  histogram: ["increase", "rate", "mean", "p50", "p90", "p95", "p99"],
};

/** What is wrong with a rule beyond its shape: labels and measures that its metrics do not have. */
function ruleFaults(rule: AlertRule): Fault[] {
  const faults: Fault[] = [];
  const selections =
    rule.kind === "burn-rate"
      ? [
          { ...rule.bad, path: ["bad"] },
          { ...rule.total, path: ["total"] },
        ]
      : [{ metric: rule.metric, where: rule.where, path: [] }];
  for (const { metric, where: wanted = {}, path } of selections) {
    const labels: readonly string[] = definitionOf(metric).labels;
    const check = (label: string, at: (string | number)[]): void => {
      if (labels.includes(label)) return;
      const list = labels.length === 0 ? "none" : labels.join(", ");
      faults.push({ path: at, message: `${metric} has no label "${label}"; it has: ${list}` });
    };
    for (const label of Object.keys(wanted)) check(label, [...path, "where", label]);
    for (const [n, label] of (rule.by ?? []).entries()) check(label, ["by", n]);
    if (rule.kind === "outlier") check(rule.across, ["across"]);
  }
  if (rule.kind === "threshold" || rule.kind === "outlier") {
    const { type } = definitionOf(rule.metric);
    if (!MEASURES_OF[type].includes(rule.measure))
      faults.push({ path: ["measure"], message: `a ${type} has: ${MEASURES_OF[type].join(", ")}` });
  }
  if (rule.kind === "threshold" && rule.above === undefined && rule.below === undefined)
    faults.push({ path: ["above"], message: "above or below says when it fires" });
  return faults;
}

export const RuleAnswer = z
  .object({ name: z.string(), builtIn: z.boolean(), rule: z.looseObject({ kind: z.string() }) })
  .openapi("NamedAlertRule");

export const AlertAnswer = z
  .object({
    rule: z.string(),
    labels: z.record(z.string(), z.string()),
    state: z.enum(["pending", "firing", "resolved"]),
    severity: z.enum(SEVERITIES),
    summary: z.string(),
    value: z.number(),
    since: z.iso.datetime(),
  })
  .openapi("Alert");
