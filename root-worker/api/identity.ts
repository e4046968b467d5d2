/** Second factors: authenticators, challenges, and the keys that verify tokens. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { App } from "../app.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";

/** How long a verifier may keep the keys. A key is published that long before it signs: docs/identity.md. */
const KEYS_MAX_AGE_S = 300;

const KeySet = z
  .object({
    keys: z.array(
      z.object({
        kty: z.string(),
        crv: z.string(),
        x: z.string(),
        kid: z.string(),
        alg: z.string(),
        use: z.string(),
      }),
    ),
  })
  .openapi("KeySet", { description: "JWK Set (RFC 7517)" });

export function identityRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/.well-known/jwks.json",
      summary: "The keys that verify tokens",
      tag: "Identity",
      public: true,
      responses: { 200: { description: "The keys", content: { "application/json": { schema: KeySet } } } },
    },
    async (c) => {
      const answer = await c.env.IDENTITY.publicKeys();
      if (!answer.ok) throw Problem.from(answer);
      c.header("cache-control", `public, max-age=${KEYS_MAX_AGE_S}`);
      return c.json({ keys: answer.keys });
    },
  );
}
