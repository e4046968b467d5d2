/**
 * What documents may be seen to hold while they are written and read at once. Each document has one writer, whose operations follow one
 * another; a read may see what was surely written last before it began, or whatever was written, or may have been, since.
 */

/** A document's number, or null where there is no document. */
export type Value = number | null;

interface Operation {
  value: Value;
  began: number;
  /** Infinity: it is under way. */
  ended: number;
  /** Whether it was answered with success: if not, it may have happened or not. */
  sure: boolean;
}

export class Register {
  private readonly histories = new Map<string, Operation[]>();
  private time = 0;

  get ids(): MapIterator<string> {
    return this.histories.keys();
  }

  /** A moment, to give to `allowed`. */
  now(): number {
    return (this.time += 1);
  }

  /** A write begins. What is returned is to be called when it has ended: was it surely made? */
  begin(id: string, value: Value): (sure: boolean) => void {
    const operation: Operation = { value, began: this.now(), ended: Infinity, sure: false };
    const history = this.histories.get(id);
    if (history === undefined) this.histories.set(id, [operation]);
    else history.push(operation);
    return (sure) => {
      operation.ended = this.now();
      operation.sure = sure;
    };
  }

  /** What a read may have seen that began and ended at these moments. */
  allowed(id: string, began: number, ended: number): Value[] {
    const history = this.histories.get(id) ?? [];
    const last = history.findLastIndex((operation) => operation.sure && operation.ended < began);
    const since = history.slice(Math.max(0, last)).filter((operation) => operation.began < ended);
    const values = since.map(({ value }) => value);
    return last < 0 ? [null, ...values] : values;
  }
}
