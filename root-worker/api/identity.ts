/** Second factors: challenges, and the keys that verify the tokens that answer them. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { App } from "../app.ts";
import { clientOf } from "../client.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { Account, Address, Code } from "./identity-schemas.ts";
import { Name } from "./names.ts";

/** How long a verifier may keep the keys. A key is published that long before it signs: docs/identity.md. */
const KEYS_MAX_AGE_S = 300;

const PURPOSE_DEFAULT = "login";

/** Longer than any id that was given out; what can't be one is answered as one that is over. */
const CHALLENGE_CHARS_MAX = 256;

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

const ChallengeBody = z.strictObject({
  account: Account,
  purpose: Name.default(PURPOSE_DEFAULT).openapi({ description: "What it is for; the token says it" }),
  address: Address.optional(),
});

const ChallengeParams = z.strictObject({
  challenge: z
    .string()
    .max(CHALLENGE_CHARS_MAX)
    .openapi({ param: { name: "challenge", in: "path" } }),
});

const AnswerBody = z.strictObject({ code: Code, address: Address.optional() });

const OpenedChallenge = z
  .object({ challenge: z.string(), expiresAt: z.iso.datetime() })
  .openapi("OpenedChallenge");

const VerifiedChallenge = z
  .object({
    verified: z.literal(true),
    token: z.string().openapi({ description: "JWT, to be verified by the keys at /.well-known/jwks.json" }),
  })
  .openapi("VerifiedChallenge");

const LIMITED = { description: "Too many; `Retry-After` says when, `RateLimit-Policy` of what" };

export function identityRoutes(app: OpenAPIHono<App>): void {
  keySetRoute(app);
  openRoute(app);
  answerRoute(app);
}

function keySetRoute(app: OpenAPIHono<App>): void {
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

function openRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/identity/challenges",
      summary: "Ask for a second factor",
      description:
        "Publishes a code on the topic `identity.challenge`, to be delivered by your pipeline. The answer is the same whether or not " +
        "the account exists. The newest challenge of an account and network voids the one before.",
      tag: "Identity",
      scope: "identity:write",
      body: ChallengeBody,
      example: { account: "ada", purpose: "login", address: "203.0.113.7" },
      responses: {
        202: {
          description: "The code is on its way",
          content: { "application/json": { schema: OpenedChallenge } },
        },
        429: LIMITED,
      },
    },
    async (c, { body: { account, purpose, address } }) => {
      const client = await clientOf(c, address);
      const answer = await c.env.IDENTITY.openChallenge({ account, purpose, client });
      if (!answer.ok) throw Problem.from(answer);
      return c.json({ challenge: answer.challenge, expiresAt: answer.expiresAt }, 202);
    },
  );
}

function answerRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/identity/challenges/{challenge}/verify",
      summary: "Answer a challenge",
      description: "With the code that was sent, one of the account's authenticator, or a recovery code.",
      tag: "Identity",
      public: true,
      params: ChallengeParams,
      body: AnswerBody,
      example: { code: "123 456" },
      responses: {
        200: {
          description: "It is right, and used by that",
          content: { "application/json": { schema: VerifiedChallenge } },
        },
        401: { description: "It is wrong" },
        410: { description: "The challenge has expired, was used, or is not known" },
        429: LIMITED,
      },
    },
    async (c, { params: { challenge }, body: { code, address } }) => {
      const client = await clientOf(c, address);
      const issuer = new URL(c.req.url).origin;
      const answer = await c.env.IDENTITY.answerChallenge({ challenge, code, client, issuer });
      if (!answer.ok) throw Problem.from(answer);
      c.header("cache-control", "no-store");
      return c.json({ verified: true, token: answer.token });
    },
  );
}
