/**
 * CloudEvents 1.0.2 over HTTP: requests to events and back (spec.md, bindings/http-protocol-binding.md and
 * formats/json-format.md of github.com/cloudevents/spec at v1.0.2). Plain TypeScript on web standards.
 */
export { decodeRequest, type ContentMode, type Decoded } from "./decode.ts";
export { encodeBatch, encodeBinary, encodeStructured, type EventMessage } from "./encode.ts";
export { eventKey, type CloudEvent, type ExtensionValue, type JsonValue } from "./event.ts";
export type { EventErrorCode, EventFailure } from "./faults.ts";
export { BATCH_EVENTS_MAX, DATA_DEPTH_MAX, EVENT_BYTES_MAX } from "./limits.ts";
export { validateEvent, validateMade, type Validation } from "./validate.ts";
export type { WrapDefaults } from "./wrap.ts";
