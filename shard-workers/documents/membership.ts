/**
 * What a leaf is to its collection, and whom it lets in by that. It goes by the collection as it last heard of it, and hears of it from
 * the Catalog alone: of a newer epoch whenever a caller knows of one.
 */
import type { Collection } from "../../core/collection.ts";
import type { CatalogApi } from "../../core/contracts/catalog.ts";
import type { CollectionRef } from "../../core/contracts/search.ts";
import { failure, type Failure } from "../../core/errors.ts";
import { roleOf, type LeafPlace } from "./leaf-place.ts";
import type { LeafState } from "./leaf-state.ts";

/** What a request is answered that goes by an older declaration, or meets a leaf that does not serve. */
export const CHANGED: Failure = failure(
  "stale-epoch",
  "The collection has changed; read its declaration again.",
);

export interface MembershipSetting {
  place: LeafPlace;
  state: Pick<LeafState, "collection" | "adopt" | "forget">;
  catalog: Pick<CatalogApi, "getCollectionById">;
  /** The collection is another now. */
  adopted: (current: Collection, before: Collection | undefined) => Promise<void>;
}

export class Membership {
  private readonly setting: MembershipSetting;
  /** Purges so far: what was asked before one is not to be believed after it. */
  private purges = 0;

  constructor(setting: MembershipSetting) {
    this.setting = setting;
  }

  /** Lets a request of this leaf's epoch in; asks the Catalog when the caller's is newer, or the leaf is new. */
  async enter(ref: CollectionRef): Promise<Collection | Failure> {
    await this.learn(ref);
    const { collection } = this.setting.state;
    if (collection === undefined) return failure("unknown-collection", "The collection is no longer there.");
    return collection.epoch === ref.epoch && this.isServing ? collection : CHANGED;
  }

  /** Lets another leaf in: what they ship depends on no epoch, but each is to know of a newer one. */
  async follow(ref: CollectionRef): Promise<Collection | Failure> {
    await this.learn(ref);
    const { collection } = this.setting.state;
    if (collection !== undefined && roleOf(this.setting.place, collection) !== "none") return collection;
    return failure("unknown-collection", "This is no leaf of the collection.");
  }

  get isServing(): boolean {
    return this.has("serving");
  }

  /** A test for whether the leaf is being built still, and was not purged since. */
  whileBuilding(): () => boolean {
    const { purges } = this;
    return () => this.purges === purges && this.has("building");
  }

  /** Looks at the Catalog, where the caller knows of a newer epoch. */
  async learn(ref: CollectionRef): Promise<void> {
    if (this.epoch < ref.epoch) await this.look(ref.id);
  }

  /** Adopts the collection as the Catalog has it now, if it still has it and this leaf is of it. */
  async look(collectionId: string): Promise<void> {
    const { purges } = this;
    const { catalog, place, state, adopted } = this.setting;
    const current = await catalog.getCollectionById(collectionId);
    // A purge or another request may have been here while this one waited.
    if (current === null || this.purges !== purges || current.epoch <= this.epoch) return;
    // A leaf that was dropped and purged stays empty; one that is to be purged knows that it is.
    const before = state.collection;
    if (roleOf(place, current) === "none" && before === undefined) return;
    state.adopt(current);
    await adopted(current, before);
  }

  /** The leaf is purged. */
  forget(): void {
    this.purges += 1;
    this.setting.state.forget();
  }

  private has(role: ReturnType<typeof roleOf>): boolean {
    const { place, state } = this.setting;
    return state.collection !== undefined && roleOf(place, state.collection) === role;
  }

  private get epoch(): number {
    return this.setting.state.collection?.epoch ?? 0;
  }
}
