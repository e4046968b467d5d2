// Written by `npm run types` from shard-workers/catalog/wrangler.toml.

interface CatalogBindings {
	CATALOG: DurableObjectNamespace<import("./index").Catalog>;
	METRICS: DurableObjectNamespace<import("./index").Metrics>;
	FUNCTION_USES: DurableObjectNamespace<import("./index").FunctionUses>;
}
