/**
 * Every error that Umbel can answer with: one union of codes, one table from codes to HTTP. Between Workers an
 * error travels as data (`Failure`), since classes and identity do not survive RPC.
 */

interface ErrorKind {
  status: 400 | 401 | 403 | 404 | 405 | 409 | 410 | 412 | 413 | 415 | 422 | 429 | 500 | 502 | 503 | 504;
  title: string;
  /** Whether the same request may succeed a moment later, unchanged. */
  retryable: boolean;
}

const KINDS = {
  "invalid-request": { status: 400, title: "The request is not valid", retryable: false },
  "invalid-json": { status: 400, title: "The body is not valid JSON", retryable: false },
  "invalid-id": { status: 400, title: "The document id is not valid", retryable: false },
  "invalid-document": { status: 400, title: "The document is not valid", retryable: false },
  "invalid-query": { status: 400, title: "The query is not valid", retryable: false },
  "invalid-filter": { status: 400, title: "The filter is not valid", retryable: false },
  "invalid-cursor": { status: 400, title: "The cursor is not valid", retryable: false },
  "invalid-bookmark": { status: 400, title: "The bookmark is not valid", retryable: false },
  "invalid-event": { status: 400, title: "The event is not valid", retryable: false },
  "unknown-field": { status: 400, title: "There is no such field", retryable: false },
  "broken-stream": { status: 400, title: "The body broke off", retryable: true },
  unauthorized: { status: 401, title: "A valid key is needed", retryable: false },
  "wrong-code": { status: 401, title: "The code is wrong", retryable: false },
  forbidden: { status: 403, title: "The key does not allow this", retryable: false },
  "not-found": { status: 404, title: "There is nothing here", retryable: false },
  "unknown-collection": { status: 404, title: "There is no such collection", retryable: false },
  "unknown-document": { status: 404, title: "There is no such document", retryable: false },
  "unknown-pipeline": { status: 404, title: "There is no such pipeline", retryable: false },
  "unknown-event": { status: 404, title: "There is no such event", retryable: false },
  "unknown-function": { status: 404, title: "There is no such function", retryable: false },
  "method-not-allowed": { status: 405, title: "The path does not take this method", retryable: false },
  conflict: { status: 409, title: "The request conflicts with what exists", retryable: false },
  gone: { status: 410, title: "It has expired, or was used", retryable: false },
  "precondition-failed": { status: 412, title: "The precondition does not hold", retryable: false },
  "too-large": { status: 413, title: "The body is too large", retryable: false },
  "document-too-large": { status: 413, title: "The document is too large", retryable: false },
  "event-too-large": { status: 413, title: "The event is too large", retryable: false },
  "batch-too-large": { status: 413, title: "The batch holds too many events", retryable: false },
  "unsupported-media-type": { status: 415, title: "The content type is not supported", retryable: false },
  "failed-examples": { status: 422, title: "Its own examples fail", retryable: false },
  "pipeline-cycle": { status: 422, title: "The pipeline would close a cycle", retryable: false },
  "pipeline-fan-out": { status: 422, title: "The pipeline would multiply events", retryable: false },
  "rate-limited": { status: 429, title: "Too many requests", retryable: true },
  "event-rejected": { status: 422, title: "The pipeline does not take this", retryable: false },
  "invalid-function": { status: 422, title: "The function can't be used", retryable: false },
  "function-code-too-large": { status: 413, title: "The function's code is too large", retryable: false },
  "function-too-many-modules": { status: 413, title: "The function has too many modules", retryable: false },
  "function-lacks-kind": { status: 422, title: "The function is not of this kind", retryable: false },
  "function-failed": { status: 422, title: "The function failed", retryable: false },
  "function-wrong-result": { status: 422, title: "The function's result can't be used", retryable: false },
  "function-input-too-large": { status: 413, title: "The function's input is too large", retryable: false },
  "function-output-too-large": { status: 422, title: "The function's result is too large", retryable: false },
  "function-too-many-steps": { status: 422, title: "The function took too many steps", retryable: false },
  "function-call-timeout": { status: 422, title: "A call of the function took too long", retryable: false },
  "function-batch-timeout": { status: 422, title: "A batch of calls took too long", retryable: false },
  "function-cpu-exceeded": {
    status: 422,
    title: "The function took too much of the processor",
    retryable: false,
  },
  "function-out-of-memory": { status: 422, title: "The function took too much memory", retryable: false },
  "function-busy": { status: 503, title: "Too many functions run at a time", retryable: true },
  "partial-too-large": { status: 422, title: "A partial result is too large", retryable: false },
  "upstream-failed": { status: 502, title: "What the pipeline delivers to failed", retryable: true },
  "unknown-version": { status: 404, title: "There is no such version", retryable: false },
  "budget-exceeded": { status: 429, title: "The budget is used up", retryable: false },
  corrupt: { status: 503, title: "Stored data is damaged", retryable: false },
  cancelled: { status: 503, title: "Nobody waits for the answer", retryable: true },
  "replica-behind": { status: 503, title: "The replica has not caught up", retryable: true },
  "stale-epoch": { status: 503, title: "The collection is changing", retryable: true },
  "shards-unavailable": { status: 503, title: "Not every shard could be had", retryable: true },
  unavailable: { status: 503, title: "A part of the platform is not available", retryable: true },
  "not-configured": { status: 503, title: "The deployment is not configured", retryable: false },
  "deadline-exceeded": { status: 504, title: "The deadline has passed", retryable: true },
  internal: { status: 500, title: "Something went wrong inside", retryable: true },
} satisfies Record<string, ErrorKind>;

/** What went wrong, in a word that clients may switch on. */
export type ErrorCode = keyof typeof KINDS;

/** How a code is answered over HTTP. */
export function errorKind(code: ErrorCode): ErrorKind {
  return KINDS[code];
}

/** A failure as it crosses a Worker's border. `message` is for the caller to read; it never names internals. */
export interface Failure {
  ok: false;
  code: ErrorCode;
  message: string;
  errors?: FieldError[];
  /** With `rate-limited`: the limit that is used up. */
  limit?: UsedLimit;
}

/** A limit that is used up, as `RateLimit`, `RateLimit-Policy` and `Retry-After` say it. */
export interface UsedLimit {
  policy: string;
  /** How many are to be had at once when none is used. */
  quota: number;
  /** How long it takes from none to all. */
  windowMs: number;
  retryMs: number;
}

/** One fault in a request: where it is (`fields.title.type`, `[3].source`) and what is wrong there. */
export interface FieldError {
  path: string;
  message: string;
}

export type Result<T> = ({ ok: true } & T) | Failure;

export function failure(code: ErrorCode, message: string, errors?: FieldError[]): Failure {
  return errors === undefined ? { ok: false, code, message } : { ok: false, code, message, errors };
}
