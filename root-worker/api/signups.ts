/** Signing up: an address is verified by a link that is mailed to it. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { originOf } from "../../core/cloudevents/origin.ts";
import { RESERVED_FIELDS, type Whence } from "../../core/contracts/signups.ts";
import { FIELD_PATTERN } from "../../core/names.ts";
import { parseMailAddress } from "../../core/mail-address.ts";
import type { App } from "../app.ts";
import { clientOf } from "../client.ts";
import { Problem } from "../problem.ts";
import { publicUrl } from "../public-url.ts";
import { route } from "../route.ts";
import { verificationPage } from "../verification-page.ts";
import { Address } from "./identity-schemas.ts";

/** A form that people fill in; anything larger is none. */
const SIGNUP_BYTES_MAX = 16 * 1024;

const NAME_CHARS_MAX = 200;

/** Fields of a person's own, and how deep they may be nested: what pipelines and a collection's fields reach with ease. */
const PROFILE_FIELDS_MAX = 32;
const PROFILE_DEPTH_MAX = 4;

/** Far longer than a token of ours, which its signature tells. */
const TOKEN_CHARS_MAX = 512;

const VERIFY_PATH = "/v1/signups/verify";

const text = (charsMax: number) =>
  z
    .string()
    .max(charsMax)
    .refine((value) => value.isWellFormed(), "must be well-formed Unicode");

const SignupBody = z
  .object({
    email: text(1_000)
      .refine((email) => parseMailAddress(email) !== undefined, "must be an e-mail address")
      .openapi({ example: "ada@example.com" }),
    name: text(NAME_CHARS_MAX)
      .regex(/^\P{Cc}*$/u, "must have no control characters")
      .optional()
      .openapi({ example: "Ada Lovelace" }),
    address: Address.optional(),
  })
  .catchall(z.unknown())
  .superRefine((body, context) => {
    const names = Object.keys(body);
    if (names.length > PROFILE_FIELDS_MAX)
      context.addIssue({ code: "custom", message: `has at most ${PROFILE_FIELDS_MAX} fields` });
    for (const name of names) {
      const problem = profileProblem(name, body[name]);
      if (problem !== undefined) context.addIssue({ code: "custom", path: [name], message: problem });
    }
  })
  .openapi("Signup", {
    description: `Other fields are the person's profile: at most ${PROFILE_FIELDS_MAX}, ${SIGNUP_BYTES_MAX} bytes in all. These names are the platform's: ${RESERVED_FIELDS.join(", ")}`,
  });

const SignupAnswer = z
  .object({ signup: z.string().openapi({ example: "su_4Xq3vJ2n8Y0c5kT1mZpL7wQ" }) })
  .openapi("SignupAccepted");

const VerifyBody = z
  .strictObject({ token: z.string().min(1).max(TOKEN_CHARS_MAX), address: Address.optional() })
  .openapi("SignupVerification");

const Verified = z
  .object({
    verified: z.literal(true),
    user: z.string().openapi({ description: "The id that the person has from now on" }),
  })
  .openapi("SignupVerified");

const TAG = "Identity";

export function signupRoutes(app: OpenAPIHono<App>): void {
  signUpRoute(app);
  verifyRoute(app);
  pageRoute(app);
}

function signUpRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: "/v1/signups",
      summary: "Sign up",
      description:
        "A link is mailed to the address; it works once, for 24 hours, and voids an earlier one. The answer is the same whether or not the address has an account; its owner is told so by mail.",
      tag: TAG,
      public: true,
      body: SignupBody,
      example: { email: "ada@example.com", name: "Ada Lovelace", newsletter: true },
      bodyBytesMax: SIGNUP_BYTES_MAX,
      responses: {
        202: { description: "It is accepted", content: { "application/json": { schema: SignupAnswer } } },
      },
    },
    async (c, { body: { email, address, ...profile } }) => {
      const page = `${publicUrl(c.env.UMBEL_PUBLIC_URL, c.req.url)}${VERIFY_PATH}`;
      const answer = await c.env.SIGNUPS.signUp({ email, profile, page }, await whenceOf(c, address));
      if (!answer.ok) throw Problem.from(answer);
      return c.json({ signup: answer.signup }, 202);
    },
  );
}

function verifyRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: VERIFY_PATH,
      summary: "Verify an address",
      description: "By the token of the link that was mailed. Once: then, and of any other token, it is 410.",
      tag: TAG,
      public: true,
      body: VerifyBody,
      example: { token: "su_4Xq3vJ2n8Y0c5kT1mZpL7wQ.…" },
      bodyBytesMax: SIGNUP_BYTES_MAX,
      responses: {
        200: { description: "It is verified", content: { "application/json": { schema: Verified } } },
      },
    },
    async (c, { body: { token, address } }) => {
      const answer = await c.env.SIGNUPS.verifySignup(token, await whenceOf(c, address));
      if (!answer.ok) throw Problem.from(answer);
      return c.json({ verified: true, user: answer.user });
    },
  );
}

function pageRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: VERIFY_PATH,
      summary: "The page that a mailed link leads to",
      description:
        "It verifies nothing until somebody presses its button, so that programs which open the links of mails don't.",
      tag: TAG,
      public: true,
      responses: {
        200: { description: "The page", content: { "text/html": { schema: z.string() } } },
      },
    },
    () => verificationPage(),
  );
}

/** What the request says of where it came from is of an application's server, where that gives the person's address. */
async function whenceOf(c: Context<App>, given: string | undefined): Promise<Whence> {
  const client = await clientOf(c, given);
  const origin = given === undefined ? originOf(c.req.raw) : {};
  return { client, origin: client.address === undefined ? origin : { ...origin, ip: client.address } };
}

function profileProblem(name: string, value: unknown): string | undefined {
  if (name === "email" || name === "name" || name === "address") return undefined;
  if (RESERVED_FIELDS.some((reserved) => reserved === name)) return "is the platform's own";
  if (!FIELD_PATTERN.test(name) || name.includes(".")) return "is no name that a field can have";
  return shapeProblem(value, 1);
}

/** Numbers and texts that a document or an event can't hold are refused here, not in a dead letter. */
function shapeProblem(value: unknown, depth: number): string | undefined {
  if (typeof value === "string") return value.isWellFormed() ? undefined : "must be well-formed Unicode";
  // JSON can hold 1e400, which would be written again as null.
  if (typeof value === "number" && !Number.isFinite(value)) return "must be a number that a double can hold";
  if (typeof value !== "object" || value === null) return undefined;
  if (depth > PROFILE_DEPTH_MAX) return `is nested deeper than ${PROFILE_DEPTH_MAX} levels`;
  for (const [key, inner] of Object.entries(value)) {
    if (!key.isWellFormed()) return "must be well-formed Unicode";
    const problem = shapeProblem(inner, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}
