/** Costs: what was used, what that is at Cloudflare's prices, and when a server would be cheaper. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import { breakEven, unitCosts } from "../../core/costs/break-even.ts";
import { addUsage, noUsage, usageOf, USAGE_KINDS } from "../../core/costs/usage.ts";
import { sendMetricsNow } from "../../core/metrics/isolate-meter.ts";
import { PRICES } from "../../core/prices.ts";
import type { App } from "../app.ts";
import { route } from "../route.ts";

/** What a small virtual server with its backups costs a month. */
const SERVER_USD_DEFAULT = 20;

const CostsQuery = z.strictObject({
  days: z.coerce
    .number()
    .int()
    .min(1)
    .max(400)
    .default(30)
    .openapi({ description: "Today and the days before" }),
  serverUsdPerMonth: z.coerce
    .number()
    .positive()
    .max(1_000_000)
    .default(SERVER_USD_DEFAULT)
    .openapi({ description: "The server that is compared with" }),
});

const Used = z.object({
  workerRequests: z.number(),
  doRequests: z.number(),
  doGbSeconds: z.number().openapi({ description: "An estimate, from the time that calls took" }),
  rowsRead: z.number(),
  rowsWritten: z.number(),
  queueOperations: z.number(),
  dynamicWorkerDays: z.number(),
});

const CostsAnswer = z
  .object({
    days: z.number().int(),
    prices: z.record(z.string(), z.union([z.string(), z.number()])),
    usage: z.array(z.object({ kind: z.enum(USAGE_KINDS), name: z.string(), used: Used, usd: z.number() })),
    total: z.object({ used: Used, usd: z.number() }),
    searches: z.number(),
    events: z.number(),
    usdPerMillionSearches: z.number().nullable(),
    usdPerMillionEvents: z.number().nullable(),
    breakEven: z.object({
      serverUsdPerMonth: z.number(),
      searchesPerMonth: z.number().nullable(),
      eventsPerMonth: z.number().nullable(),
      usdPerMonth: z.number(),
      cheaper: z.enum(["umbel", "server"]),
    }),
  })
  .openapi("Costs");

export function costRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/costs",
      summary: "What was used, and what it costs",
      description:
        "By collection, topic, pipeline and function, at Cloudflare's prices beyond what its plan includes; a million searches and events at today's mix; and the volume at which a server of a given price breaks even. CPU time can't be seen from inside and is not in it.",
      tag: "Operation",
      scope: "operation:read",
      query: CostsQuery,
      responses: { 200: { description: "Costs", content: { "application/json": { schema: CostsAnswer } } } },
    },
    async (c, { query: { days, serverUsdPerMonth } }) => {
      await sendMetricsNow(c.env.CATALOG);
      const periods = await c.env.CATALOG.usageByDay(days);
      const counters = periods.map((period) => period.counters);
      const usage = usageOf(counters);
      const used = usage.map((entry) => entry.used).reduce(addUsage, noUsage());
      const usd = usage.reduce((sum, entry) => sum + entry.usd, 0);
      const units = unitCosts(counters, usage);
      return c.json({
        days,
        prices: PRICES,
        usage,
        total: { used, usd },
        ...units,
        breakEven: breakEven(units, { usd, days, serverUsdPerMonth }),
      });
    },
  );
}
