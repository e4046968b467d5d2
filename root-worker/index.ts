/** The root Worker: the public HTTP API. This file wires; it decides nothing. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { alertRoutes } from "./api/alerts.ts";
import { budgetRoutes } from "./api/budgets.ts";
import { collectionRoutes } from "./api/collections.ts";
import { costRoutes } from "./api/costs.ts";
import { deadLetterRoutes } from "./api/dead-letters.ts";
import { documentRoutes } from "./api/documents.ts";
import { faultRoutes } from "./api/faults.ts";
import { graphRoutes } from "./api/graph.ts";
import { functionComparisonRoutes } from "./api/function-comparison.ts";
import { functionRoutes } from "./api/functions.ts";
import { healthRoutes } from "./api/health.ts";
import { metricsRoutes } from "./api/metrics.ts";
import { identityRoutes } from "./api/identity.ts";
import { openApiRoutes } from "./api/openapi.ts";
import { pipelineRunRoutes } from "./api/pipeline-runs.ts";
import { pipelineRoutes } from "./api/pipelines.ts";
import { plannerRoutes } from "./api/planner.ts";
import { reshardRoutes } from "./api/reshard.ts";
import { retentionRoutes } from "./api/retention.ts";
import { scatterRoutes } from "./api/scatter.ts";
import { searchRoutes } from "./api/search.ts";
import { signupRoutes } from "./api/signups.ts";
import { topicLedgerRoutes } from "./api/topic-ledger.ts";
import { topicRoutes } from "./api/topics.ts";
import { totpRoutes } from "./api/totp.ts";
import type { App, RootEnv } from "./app.ts";
import { authenticate } from "./middleware/authenticate.ts";
import { cors } from "./middleware/cors.ts";
import { faults } from "./middleware/faults.ts";
import { branches } from "./middleware/branches.ts";
import { terms } from "./middleware/terms.ts";
import { metrics } from "./middleware/metrics.ts";
import { timing } from "./middleware/timing.ts";
import { trace } from "./middleware/trace.ts";
import { answerNotFound } from "./not-found.ts";
import { answerError } from "./problem.ts";
import { evaluateAlerts } from "./scheduled.ts";

const app = new OpenAPIHono<App>({ strict: true });

app.use(timing(), metrics(), trace(), cors(), authenticate(), faults(), branches(), terms());
healthRoutes(app);
collectionRoutes(app);
reshardRoutes(app);
documentRoutes(app);
searchRoutes(app);
scatterRoutes(app);
topicRoutes(app);
topicLedgerRoutes(app);
pipelineRoutes(app);
pipelineRunRoutes(app);
functionComparisonRoutes(app);
functionRoutes(app);
deadLetterRoutes(app);
retentionRoutes(app);
plannerRoutes(app);
faultRoutes(app);
metricsRoutes(app);
costRoutes(app);
budgetRoutes(app);
graphRoutes(app);
alertRoutes(app);
identityRoutes(app);
totpRoutes(app);
signupRoutes(app);
openApiRoutes(app);
app.onError(answerError);
app.notFound(answerNotFound(app));

export default {
  fetch: app.fetch,
  async scheduled(_controller, env): Promise<void> {
    await evaluateAlerts(env);
  },
} satisfies ExportedHandler<RootEnv>;
