/**
 * The deployment's keys, as this isolate last heard of them. All are here, so that a key that was made up costs nobody anything; and a key is
 * looked for again in the Catalog once a second at most, however many of those there are.
 *
 * A key that was deleted is good for `FRESH_MS` more, and as long as the answer takes then. Where the Catalog can't be reached, for `STALE_MS_MAX`.
 */
import type { KeyCatalogApi, KeyList, KeyRecord } from "../../core/contracts/keys.ts";

const FRESH_MS = 5_000;
const STALE_MS_MAX = 60_000;
const SEARCH_AGAIN_MS = 1_000;

interface Known {
  revision: number;
  keys: Map<string, KeyRecord>;
  /** When that was all there was. */
  at: number;
}

type Catalog = Pick<KeyCatalogApi, "getKeys">;

export class KeyRing {
  private known: Known | undefined;
  private askedAt = -Infinity;
  /** Why the last question was not answered. */
  private unanswered: Error | undefined;
  private readonly now: () => number;

  constructor(now: () => number = Date.now) {
    this.now = now;
  }

  /** The key of that id; undefined: there is none. Throws when nobody knows: the Catalog does not answer. */
  async find(id: string, catalog: Catalog): Promise<KeyRecord | undefined> {
    // While one request asks, others go by what is known.
    if (!this.isKnown() || this.now() - this.askedAt >= FRESH_MS) await this.refresh(catalog);
    if (!this.isKnown()) throw this.unanswered ?? new Error("the keys are not known");
    let found = this.known?.keys.get(id);
    if (found === undefined && this.now() - this.askedAt >= SEARCH_AGAIN_MS) {
      await this.refresh(catalog);
      found = this.known?.keys.get(id);
    }
    if (found === undefined && this.unanswered !== undefined) throw this.unanswered;
    return found;
  }

  private isKnown(): boolean {
    return this.known !== undefined && this.now() - this.known.at <= STALE_MS_MAX;
  }

  /** To be called after a change: the next request asks. */
  forget(): void {
    this.askedAt = -Infinity;
  }

  private learn(list: KeyList | null, at: number): void {
    // An answer that has been overtaken by another's says nothing.
    if (list !== null && list.revision >= (this.known?.revision ?? 0)) {
      this.known = { revision: list.revision, keys: new Map(list.keys.map((key) => [key.id, key])), at };
    } else if (list === null && this.known !== undefined) this.known.at = at;
  }

  private async refresh(catalog: Catalog): Promise<void> {
    const at = this.now();
    this.askedAt = at;
    try {
      this.learn(await catalog.getKeys(this.known?.revision), at);
      this.unanswered = undefined;
    } catch (error) {
      this.unanswered = error instanceof Error ? error : new Error(String(error));
    }
  }
}
