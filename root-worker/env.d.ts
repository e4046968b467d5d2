// Written by `npm run types` from wrangler.toml.

interface RootBindings {
	LOADER: WorkerLoader;
	DOCUMENTS: Service<typeof import("../shard-workers/documents/index").Branch>;
	CATALOG: Service<typeof import("../shard-workers/catalog/index").CatalogService>;
	JOURNAL: Service<typeof import("../shard-workers/journal/index").JournalService>;
	PIPELINES: Service<typeof import("../decorators/pipelines/index").PipelinesService>;
	IDENTITY: Service<typeof import("../decorators/identity/index").IdentityService>;
	SIGNUPS: Service<typeof import("../decorators/identity/index").SignupService>;
}
