/** What can be wrong with a filter before it meets an event or a document, and how it is told. */

export type CompileErrorCode =
  /** Not CESQL. */
  | "parse"
  /** A field that is not declared, or a name that no event's attribute can have. */
  | "unknownName"
  /** Operands that can never go together, or a filter that is neither true nor false. */
  | "type"
  /** CESQL's precedence reads this otherwise than SQL's: parentheses have to say which is meant. */
  | "precedence"
  | "missingFunction";

/** `position` is the place in the text, in UTF-16 code units from 0; `message` names it too. */
export interface CompileFailure {
  ok: false;
  code: CompileErrorCode;
  message: string;
  position: number;
}

/** Carries a failure out of the recursion of a parser or a checker. Never leaves this folder: see `attempt`. */
export class Fault extends Error {
  readonly code: CompileErrorCode;
  readonly position: number;

  constructor(code: CompileErrorCode, position: number, message: string) {
    super(placed(message, position));
    this.code = code;
    this.position = position;
  }
}

/** Runs a parser or a checker, and answers with the first fault that it meets. */
export function attempt<T extends object>(run: () => T): ({ ok: true } & T) | CompileFailure {
  try {
    return { ok: true, ...run() };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return { ok: false, code: error.code, message: error.message, position: error.position };
  }
}

/** A message as callers read it: without its place it would be of no use in an answer that has no other field. */
export function placed(message: string, position: number): string {
  return `${message} (position ${position}).`;
}

/** Text of a filter or a document as a message shows it: short, in quotes. */
export function quoted(text: string): string {
  return text.length > 40 ? `'${text.slice(0, 40).toWellFormed()}…'` : `'${text}'`;
}
