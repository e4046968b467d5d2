// Written by `npm run types` from shard-workers/documents/wrangler.toml.

interface DocumentsBindings {
	LOADER: WorkerLoader;
	LEAF: DurableObjectNamespace<import("./index").Leaf>;
	RESHARD: DurableObjectNamespace<import("./index").ReshardCoordinator>;
	CATALOG: Service<typeof import("../catalog/index").CatalogService>;
	TERMS: Service<typeof import("../terms/index").Terms>;
}
