/**
 * The partial results of one place, reduced as they come, so that they stay few and small however many there are. `reduce` has to
 * be associative and commutative: then it makes no difference how they were grouped, here or in a branch.
 */
import { failure, type Failure, type Result } from "../errors.ts";
import type { JsonText } from "../functions/answers.ts";

/** A function's two parts, with their version and input settled. JSON text in and out. */
export interface MapReduce {
  /** `documents`: a JSON array. */
  map(documents: string): Promise<Result<JsonText>>;
  reduce(partials: readonly string[]): Promise<Result<JsonText>>;
}

/**
 * A partial result, in UTF-16 units of its JSON. 28 branches answer one each at a time, which the root has to hold beside what it is
 * doing for others in 128 MB.
 */
export const PARTIAL_CHARS_MAX = 1024 * 1024;

/** Partial results that are kept until they are reduced: a call costs more than what one of them usually does. */
const PENDING_MAX = 16;

/** And how long they are together: with one more, `reduce` is given no more than a call takes. */
const PENDING_CHARS_MAX = PARTIAL_CHARS_MAX;

export class Partials {
  /** Calls of `reduce` so far. */
  calls = 0;
  private readonly reduce: MapReduce["reduce"];
  private pending: string[] = [];
  private chars = 0;

  constructor({ reduce }: Pick<MapReduce, "reduce">) {
    this.reduce = reduce;
  }

  /** Takes one more. One call at a time. Answers why there will be no result; undefined: all is well. */
  async add(partial: string): Promise<Failure | undefined> {
    if (partial.length > PARTIAL_CHARS_MAX) return tooLarge();
    this.pending.push(partial);
    this.chars += partial.length;
    if (this.pending.length < 2) return undefined;
    if (this.pending.length < PENDING_MAX && this.chars < PENDING_CHARS_MAX) return undefined;
    return this.collapse();
  }

  /** All of them as one; undefined when there were none. */
  async one(): Promise<Result<{ partial: string | undefined }>> {
    const failed = this.pending.length > 1 ? await this.collapse() : undefined;
    return failed ?? { ok: true, partial: this.pending[0] };
  }

  /** Reduces what there is once more, even if that is one: the last word is always `reduce`'s. */
  async last(): Promise<Result<JsonText>> {
    this.calls += 1;
    return this.reduce(this.pending);
  }

  private async collapse(): Promise<Failure | undefined> {
    this.calls += 1;
    const reduced = await this.reduce(this.pending);
    if (!reduced.ok) return reduced;
    if (reduced.json.length > PARTIAL_CHARS_MAX) return tooLarge();
    this.pending = [reduced.json];
    this.chars = reduced.json.length;
    return undefined;
  }
}

function tooLarge(): Failure {
  return failure(
    "partial-too-large",
    `A partial result has more than ${PARTIAL_CHARS_MAX} characters of JSON. Let \`map\` and \`reduce\` keep less: counts in place of lists, the best in place of all.`,
  );
}
