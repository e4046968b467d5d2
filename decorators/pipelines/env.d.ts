// Written by `npm run types` from decorators/pipelines/wrangler.toml.

interface PipelinesBindings {
	LOADER: WorkerLoader;
	STEP_STATE: DurableObjectNamespace<import("./index").StepState>;
	SINK_GATE: DurableObjectNamespace<import("./index").SinkGate>;
	CATALOG: Service<typeof import("../../shard-workers/catalog/index").CatalogService>;
	JOURNAL: Service<typeof import("../../shard-workers/journal/index").JournalService>;
	DOCUMENTS: Service<typeof import("../../shard-workers/documents/index").Branch>;
	SIGNUP_LINKS: Service<typeof import("../identity/index").SignupLinks>;
}
