/** Says where an event goes, instead of its pipeline's sinks. */
import { z } from "zod";
import { withRoute, type RouteTarget } from "../../core/cloudevents/platform-attributes.ts";
import { defineDecorator } from "../contract.ts";
import { conditionOption, nameOption } from "../support/options.ts";

const ROUTES_MAX = 32;
const TARGETS_MAX = 8;

const target = z.union([
  z.strictObject({ topic: nameOption() }),
  z.strictObject({ collection: nameOption() }),
]);

const targets = z
  .union([target, z.array(target).min(1, "names at least one target").max(TARGETS_MAX)])
  .transform((to): RouteTarget[] => (Array.isArray(to) ? to : [to]));

export const route = defineDecorator({
  name: "route",
  summary:
    "Sends an event to other topics or collections than its pipeline's own sinks, by conditions. The remaining steps still apply to it.",
  options: z.strictObject({
    routes: z
      .array(
        z.strictObject({
          when: conditionOption().describe("CESQL over the event."),
          to: targets.describe('A target or a list: {"topic": "late"} or {"collection": "orders"}.'),
        }),
      )
      .min(1, "has at least one route")
      .max(ROUTES_MAX)
      .describe("Conditions with their targets."),
    otherwise: targets
      .optional()
      .describe("Where an event goes that meets no condition; absent: to the pipeline's sinks."),
    match: z
      .enum(["first", "all"])
      .default("first")
      .describe("Whether the first condition that is met counts, or each."),
  }),
  examples: [
    {
      shows: "the first condition that is met counts",
      with: {
        routes: [
          { when: "data.total > 1000", to: { topic: "large-orders" } },
          { when: "data.total > 100", to: { collection: "orders" } },
        ],
      },
      given: { data: { total: 5000 } },
      expect: [{ umbelroute: '[{"topic":"large-orders"}]', data: { total: 5000 } }],
    },
    {
      shows: "or each of them",
      with: {
        match: "all",
        routes: [
          { when: "data.total > 1000", to: { topic: "large-orders" } },
          { when: "data.total > 100", to: [{ collection: "orders" }, { topic: "large-orders" }] },
        ],
      },
      given: { data: { total: 5000 } },
      expect: [{ umbelroute: '[{"topic":"large-orders"},{"collection":"orders"}]', data: { total: 5000 } }],
    },
    {
      shows: "an event that meets none goes to the pipeline's sinks",
      with: { routes: [{ when: "data.total > 1000", to: { topic: "large-orders" } }] },
      given: { data: { total: 5 } },
      expect: [{ data: { total: 5 } }],
    },
    {
      shows: "unless there is another place for it",
      with: { routes: [{ when: "data.ok", to: { topic: "good" } }], otherwise: { topic: "bad" } },
      given: { data: {} },
      expect: [{ umbelroute: '[{"topic":"bad"}]', data: {} }],
    },
  ],
  make({ routes, otherwise, match }, preparation) {
    for (const [index, { to }] of routes.entries()) need(to, ["routes", index, "to"]);
    if (otherwise !== undefined) need(otherwise, ["otherwise"]);
    function need(to: readonly RouteTarget[], path: readonly PropertyKey[]) {
      for (const each of to) {
        if ("topic" in each) preparation.needs("topic", each.topic, path);
        else preparation.needs("collection", each.collection, path);
      }
    }
    return (event) => {
      const met =
        match === "all" ? routes.filter(({ when }) => when(event)) : routes.find(({ when }) => when(event));
      const found = Array.isArray(met) ? distinct(met.flatMap(({ to }) => to)) : (met?.to ?? []);
      const to = found.length > 0 ? found : otherwise;
      return to === undefined ? event : withRoute(event, to);
    };
  },
});

function distinct(targets: readonly RouteTarget[]): RouteTarget[] {
  return [...new Map(targets.map((each) => [JSON.stringify(each), each])).values()];
}
