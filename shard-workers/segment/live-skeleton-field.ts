/** A text field of a live segment whose documents are skeletons (skeletons.ts): their lengths are not what their terms add up to. */
import type { JsonObject } from "../../core/document/values.ts";
import { LiveField } from "./live-field.ts";
import type { SkeletonField } from "./skeletons.ts";

export class LiveSkeletonField extends LiveField {
  private skeleton: SkeletonField = [];

  override take(document: JsonObject, name: string): void {
    // `SkeletonMaker`'s writing
    this.skeleton = Object.hasOwn(document, name) ? (document[name] as SkeletonField) : [];
  }

  override add(ordinal: number): number {
    const [length, ...entries] = this.skeleton;
    let term = 0;
    let place = 0;
    let places = 0;
    for (const entry of entries) {
      if (typeof entry === "string") {
        term = this.scanner.addTerm(entry);
        place = 0;
        continue;
      }
      place += entry;
      places += 1;
      this.occurrences.add(term, ordinal, place);
    }
    this.setLength(ordinal, Number(length ?? 0));
    return places;
  }
}
