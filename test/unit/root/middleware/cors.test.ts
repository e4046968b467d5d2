import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { App } from "../../../../root-worker/app.ts";
import { cors } from "../../../../root-worker/middleware/cors.ts";
import { answerError, Problem } from "../../../../root-worker/problem.ts";

const PAGE = "https://app.example";

const app = new Hono<App>();
app.use(cors());
app.get("/open", (c) => c.text("open"));
app.get("/closed", () => {
  throw new Problem("unauthorized", "Send the key.");
});
app.onError(answerError);

/** A request as a browser sends it from a page of this origin, where the deployment names those. */
function from(origin: string, named: string | undefined, path: string, init: RequestInit = {}) {
  const headers = { origin, ...init.headers };
  const vars = named === undefined ? {} : { UMBEL_CORS_ORIGINS: named };
  return app.request(path, { ...init, headers }, vars);
}

/** What a browser asks before it sends JSON with a key. */
const ASKED = {
  method: "OPTIONS",
  headers: {
    "access-control-request-method": "PATCH",
    "access-control-request-headers": "authorization,content-type",
  },
};

describe("a page of an origin that is named", () => {
  const named = `${PAGE}, http://localhost:3000`;

  it.each([PAGE, "http://localhost:3000"])("may call: %s", async (origin) => {
    const may = await from(origin, named, "/open", ASKED);
    expect(may.status).toBe(204);
    expect(may.headers.get("access-control-allow-origin")).toBe(origin);
    expect(may.headers.get("access-control-allow-methods")).toContain("PATCH");
    expect(may.headers.get("access-control-allow-headers")).toBe("authorization,content-type");
  });

  it.each([
    ["/open", 200],
    ["/closed", 401],
  ])("may read what %s answers, which is %i", async (path, status) => {
    const answer = await from(PAGE, named, path);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("access-control-allow-origin")).toBe(PAGE);
    expect(answer.headers.get("access-control-expose-headers")).toContain("retry-after");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    expect(answer.headers.get("vary")).toContain("Origin");
  });
});

describe("a page of another origin", () => {
  it.each(["https://app.example.evil", "http://app.example", "https://app.example:444", "null", ""])(
    "may not: %j",
    async (origin) => {
      for (const path of ["/open", "/closed"]) {
        expect((await from(origin, PAGE, path)).headers.get("access-control-allow-origin")).toBeNull();
      }
    },
  );

  it("may where all may, and not where none is named", async () => {
    expect((await from(PAGE, "*", "/open")).headers.get("access-control-allow-origin")).toBe("*");
    for (const none of [undefined, "", " , "]) {
      const answer = await from(PAGE, none, "/open");
      expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, null]);
    }
  });
});
