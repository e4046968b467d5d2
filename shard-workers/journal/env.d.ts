// Written by `npm run types` from shard-workers/journal/wrangler.toml.

interface JournalBindings {
	EVENTS: Queue;
	TOPIC: DurableObjectNamespace<import("./index").TopicJournal>;
	CATALOG: Service<typeof import("../catalog/index").CatalogService>;
}
