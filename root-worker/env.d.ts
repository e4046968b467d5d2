// Written by `npm run types` from wrangler.toml.

interface RootBindings {
	DOCUMENTS: Service<typeof import("../shard-workers/documents/index").Branch>;
	TERMS: Service<typeof import("../shard-workers/terms/index").Terms>;
	CATALOG: Service<typeof import("../shard-workers/catalog/index").CatalogService>;
	JOURNAL: Service<typeof import("../shard-workers/journal/index").JournalService>;
	PIPELINES: Service<typeof import("../decorators/pipelines/index").PipelinesService>;
}
