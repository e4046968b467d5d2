// Written by `npm run types` from shard-workers/documents/wrangler.toml.

interface DocumentsBindings {
	LEAF: DurableObjectNamespace<import("./index").Leaf>;
	CATALOG: Service<typeof import("../catalog/index").CatalogService>;
	TERMS: Service<typeof import("../terms/index").Terms>;
}
