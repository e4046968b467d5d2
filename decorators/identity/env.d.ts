// Written by `npm run types` from decorators/identity/wrangler.toml.

interface IdentityBindings {
	ACCOUNTS: DurableObjectNamespace<import("./index").Accounts>;
	LIMIT: DurableObjectNamespace<import("./index").Limit>;
	SIGNUPS: DurableObjectNamespace<import("./index").Signups>;
	CATALOG: Service<typeof import("../../shard-workers/catalog/index").CatalogService>;
	JOURNAL: Service<typeof import("../../shard-workers/journal/index").JournalService>;
	DOCUMENTS: Service<typeof import("../../shard-workers/documents/index").Branch>;
}
