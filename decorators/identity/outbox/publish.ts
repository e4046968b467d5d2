/**
 * Where an outbox's events go: each to its topic's journal, as anybody's event; and audit events also into `_events`, by the Worker
 * itself, so that there is an audit whatever pipelines there are.
 */
import { BranchSessions } from "../../../core/branch-sessions.ts";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import type { Collection } from "../../../core/collection.ts";
import type { CatalogApi } from "../../../core/contracts/catalog.ts";
import type { JournalApi } from "../../../core/contracts/journal.ts";
import { TOPIC_DEFAULTS } from "../../../core/contracts/topic-settings.ts";
import { prepareDocument } from "../../../core/document/validate.ts";
import { writeOperations } from "../../../core/document/write-operations.ts";
import { errorKind } from "../../../core/errors.ts";
import { release } from "../../../core/release.ts";
import { KEPT_EVENTS, PLATFORM_COLLECTIONS } from "../../../core/platform-collections.ts";
import type { IdentityEnv } from "../identity-env.ts";
import { CHALLENGE_TOPIC } from "../challenges/open.ts";
import { AUDIT_TOPIC } from "./audit.ts";
import type { OutboxEntry, Publish } from "./outbox.ts";

export function publisher(env: IdentityEnv): Publish {
  return async (entries) => {
    const topics = Map.groupBy(entries, ({ topic }) => topic);
    await Promise.all([...topics].map(([topic, own]) => append(env, topic, own)));
    const audits = topics.get(AUDIT_TOPIC)?.map(({ event }) => event) ?? [];
    if (audits.length > 0) await keep(env, audits);
  };
}

/**
 * Codes are in the journal for as long as they are valid, and not for the days that other events are; unless the topic's settings
 * were changed by somebody.
 */
const CODES_KEPT_MS = 10 * 60_000;

let codesAreForgotten = false;

async function forgetCodes(journal: Pick<JournalApi, "settings" | "configure">): Promise<void> {
  if (codesAreForgotten) return;
  const { retentionMs, deadRetentionMs } = await journal.settings(CHALLENGE_TOPIC);
  const isAsMade =
    retentionMs === TOPIC_DEFAULTS.retentionMs && deadRetentionMs === TOPIC_DEFAULTS.deadRetentionMs;
  if (isAsMade) {
    await journal.configure(CHALLENGE_TOPIC, { retentionMs: CODES_KEPT_MS, deadRetentionMs: CODES_KEPT_MS });
  }
  codesAreForgotten = true;
}

async function append(env: IdentityEnv, topic: string, entries: OutboxEntry[]): Promise<void> {
  if (topic === CHALLENGE_TOPIC) await forgetCodes(env.JOURNAL);
  const answer = await env.JOURNAL.append(
    topic,
    entries.map(({ event }) => event),
  );
  release(answer);
  if (answer.ok) return;
  if (errorKind(answer.code).retryable) throw new Error(`${topic}: ${answer.code}`);
  // Never by what the Worker makes; kept, it would hold up all that follow it.
  console.error(JSON.stringify({ event: "outbox-event-refused", topic, code: answer.code }));
}

let keptEvents: Collection | undefined;

async function keep(env: IdentityEnv, events: readonly CloudEvent[]): Promise<void> {
  const collection = (keptEvents ??= await findKeptEvents(env.CATALOG));
  const operations = events.flatMap((event) => {
    const prepared = prepareDocument(documentOf(event), event.id, collection.fields);
    if (prepared.ok) return [{ kind: "put", id: prepared.id, json: prepared.json } as const];
    // Never by what the Worker makes; kept, it would hold up all that follow it.
    console.error(JSON.stringify({ event: "audit-event-refused", code: prepared.code }));
    return [];
  });
  const branches = new BranchSessions(() => env.DOCUMENTS.open());
  try {
    const { outcomes, collection: current } = await writeOperations(
      { branches, refresh: () => findKeptEvents(env.CATALOG) },
      collection,
      operations,
    );
    keptEvents = current;
    const failed = outcomes.find(({ ok }) => !ok);
    if (failed !== undefined && !failed.ok) throw new Error(`_events: ${failed.code}`);
  } catch (error) {
    keptEvents = undefined;
    throw error;
  } finally {
    branches.close();
  }
}

async function findKeptEvents(
  catalog: Pick<CatalogApi, "getCollection" | "putCollection">,
): Promise<Collection> {
  const known = await catalog.getCollection(KEPT_EVENTS);
  if (known !== null) {
    release(known);
    return known;
  }
  const spec = PLATFORM_COLLECTIONS.get(KEPT_EVENTS);
  if (spec === undefined) throw new Error("the platform declares its own collections");
  const made = await catalog.putCollection(KEPT_EVENTS, spec);
  release(made);
  if (!made.ok) throw new Error(`_events: ${made.code}`);
  return made.collection;
}

/** As a pipeline that keeps its events would have it, but for the pipeline. */
function documentOf(event: CloudEvent) {
  return {
    topic: AUDIT_TOPIC,
    eventId: event.id,
    source: event.source,
    type: event.type,
    ...(event.subject === undefined ? {} : { subject: event.subject }),
    ...(event.time === undefined ? {} : { acceptedAt: event.time, deliveredAt: event.time }),
    text: JSON.stringify(event.data),
    event,
  };
}
