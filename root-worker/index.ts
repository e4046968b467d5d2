/** The root Worker: the public HTTP API. This file wires; it decides nothing. */
import { OpenAPIHono } from "@hono/zod-openapi";
import { collectionRoutes } from "./api/collections.ts";
import { deadLetterRoutes } from "./api/dead-letters.ts";
import { documentRoutes } from "./api/documents.ts";
import { faultRoutes } from "./api/faults.ts";
import { healthRoutes } from "./api/health.ts";
import { openApiRoutes } from "./api/openapi.ts";
import { pipelineRunRoutes } from "./api/pipeline-runs.ts";
import { pipelineRoutes } from "./api/pipelines.ts";
import { reshardRoutes } from "./api/reshard.ts";
import { retentionRoutes } from "./api/retention.ts";
import { searchRoutes } from "./api/search.ts";
import { topicLedgerRoutes } from "./api/topic-ledger.ts";
import { topicRoutes } from "./api/topics.ts";
import type { App } from "./app.ts";
import { authenticate } from "./middleware/authenticate.ts";
import { faults } from "./middleware/faults.ts";
import { branches } from "./middleware/branches.ts";
import { timing } from "./middleware/timing.ts";
import { trace } from "./middleware/trace.ts";
import { answerNotFound } from "./not-found.ts";
import { answerError } from "./problem.ts";

const app = new OpenAPIHono<App>({ strict: true });

app.use(timing(), trace(), authenticate(), faults(), branches());
healthRoutes(app);
collectionRoutes(app);
reshardRoutes(app);
documentRoutes(app);
searchRoutes(app);
topicRoutes(app);
topicLedgerRoutes(app);
pipelineRoutes(app);
pipelineRunRoutes(app);
deadLetterRoutes(app);
retentionRoutes(app);
faultRoutes(app);
openApiRoutes(app);
app.onError(answerError);
app.notFound(answerNotFound(app));

export default app;
