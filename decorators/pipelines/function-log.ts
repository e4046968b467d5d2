/** Remembers calls of functions, for whoever looks on: with one event at a time they are those of the step that has just run. */
import type { CallReport } from "./function-calls.ts";

export class FunctionLog {
  private calls: CallReport[] = [];

  readonly note = (report: CallReport): void => {
    this.calls.push(report);
  };

  /** Those since it was last asked. */
  take(): CallReport[] {
    const { calls } = this;
    this.calls = [];
    return calls;
  }
}
