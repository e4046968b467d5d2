/** W3C Trace Context: a request belongs to its caller's trace, or begins one. */
import type { MiddlewareHandler } from "hono";
import type { App } from "../app.ts";

/** Version 00: trace id, parent id, flags; neither id all zeros (Trace Context, section 3.2.2). */
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-([0-9a-f]{2})$/;

export function trace(): MiddlewareHandler<App> {
  return async function trace(c, next) {
    const parent = TRACEPARENT.exec(c.req.header("traceparent") ?? "");
    const [, traceId = randomHex(16), flags = "01"] = parent ?? [];
    c.set("traced", parent !== null);
    c.set("traceparent", `00-${traceId}-${randomHex(8)}-${flags}`);
    await next();
    c.res.headers.set("traceparent", c.var.traceparent);
  };
}

function randomHex(bytes: number): string {
  return [...crypto.getRandomValues(new Uint8Array(bytes))]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
