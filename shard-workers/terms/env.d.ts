// Written by `npm run types` from shard-workers/terms/wrangler.toml.

interface TermsBindings {
	TERM_LEAF: DurableObjectNamespace<import("./index").TermLeaf>;
	CATALOG: Service<typeof import("../catalog/index").CatalogService>;
}
