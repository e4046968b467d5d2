/** Authenticators (TOTP): enrolled, confirmed, listed, removed. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { App } from "../app.ts";
import { clientOf } from "../client.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import { Account, Address, Code } from "./identity-schemas.ts";

const LABEL_CHARS_MAX = 128;
const ENROLLMENT_CHARS_MAX = 128;

const ENROLLMENTS = "/v1/identity/totp/enrollments";

const EnrollmentBody = z.strictObject({
  account: Account,
  label: z
    .string()
    .min(1)
    .max(LABEL_CHARS_MAX)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, "has no control characters")
    .optional()
    .openapi({ description: "What the authenticator shows beside the code; the account without it" }),
  address: Address.optional(),
});

const EnrollmentParams = z.strictObject({
  enrollment: z
    .string()
    .max(ENROLLMENT_CHARS_MAX)
    .openapi({ param: { name: "enrollment", in: "path" } }),
});

const ConfirmBody = z.strictObject({ code: Code, address: Address.optional() });

const NewEnrollment = z
  .object({
    enrollment: z.string(),
    secret: z.string().openapi({ description: "Base32, to be typed where there is no camera" }),
    otpauthUrl: z.string(),
    qrSvg: z.string().openapi({ description: "The URL as a QR code, an SVG document" }),
    recoveryCodes: z.array(z.string()).openapi({ description: "Each answers one challenge" }),
    expiresAt: z.iso.datetime().openapi({ description: "It is to be confirmed by then" }),
  })
  .openapi("NewEnrollment", { description: "All of it is shown this once" });

const Enrollments = z
  .object({
    enrollments: z.array(
      z.object({
        enrollment: z.string(),
        state: z.enum(["pending", "confirmed"]),
        label: z.string().optional(),
        createdAt: z.iso.datetime(),
        confirmedAt: z.iso.datetime().optional(),
        recoveryCodesLeft: z.number().int(),
      }),
    ),
  })
  .openapi("Enrollments");

const Confirmed = z
  .object({ enrollment: z.string(), state: z.literal("confirmed") })
  .openapi("ConfirmedEnrollment");

export function totpRoutes(app: OpenAPIHono<App>): void {
  enrollRoute(app);
  confirmRoute(app);
  listAndRemoveRoutes(app);
}

function enrollRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: ENROLLMENTS,
      summary: "Enrol an authenticator",
      description:
        "It counts once it is confirmed by one of its codes, within an hour; then it takes the place of the account's former one.",
      tag: "Identity",
      scope: "identity:write",
      body: EnrollmentBody,
      example: { account: "ada", label: "ada@example.com" },
      responses: {
        201: { description: "Made", content: { "application/json": { schema: NewEnrollment } } },
      },
    },
    async (c, { body: { account, label, address } }) => {
      const answer = await c.env.IDENTITY.enroll(account, label, await clientOf(c, address));
      if (!answer.ok) throw Problem.from(answer);
      const { ok: _, ...made } = answer;
      c.header("cache-control", "no-store");
      return c.json(made, 201);
    },
  );
}

function confirmRoute(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "post",
      path: `${ENROLLMENTS}/{enrollment}/confirm`,
      summary: "Confirm an authenticator by one of its codes",
      tag: "Identity",
      scope: "identity:write",
      params: EnrollmentParams,
      body: ConfirmBody,
      example: { code: "123 456" },
      responses: {
        200: { description: "It counts now", content: { "application/json": { schema: Confirmed } } },
        401: { description: "The code is wrong" },
        410: { description: "It has expired, or a newer one has taken its place" },
        429: { description: "Too many wrong codes" },
      },
    },
    async (c, { params: { enrollment }, body: { code, address } }) => {
      const client = await clientOf(c, address);
      const answer = await c.env.IDENTITY.confirmEnrollment(enrollment, code, client);
      if (!answer.ok) throw Problem.from(answer);
      return c.json({ enrollment, state: "confirmed" });
    },
  );
}

function listAndRemoveRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: ENROLLMENTS,
      summary: "An account's authenticators",
      tag: "Identity",
      scope: "identity:read",
      query: z.strictObject({ account: Account }),
      responses: {
        200: {
          description: "At most one that counts, and one that is to be confirmed",
          content: { "application/json": { schema: Enrollments } },
        },
      },
    },
    async (c, { query: { account } }) => {
      const answer = await c.env.IDENTITY.listEnrollments(account);
      if (!answer.ok) throw Problem.from(answer);
      return c.json({ enrollments: answer.enrollments });
    },
  );

  route(
    app,
    {
      method: "delete",
      path: `${ENROLLMENTS}/{enrollment}`,
      summary: "Remove an authenticator, with its recovery codes",
      tag: "Identity",
      scope: "identity:write",
      params: EnrollmentParams,
      responses: { 204: { description: "It is gone" } },
    },
    async (c, { params: { enrollment } }) => {
      const answer = await c.env.IDENTITY.removeEnrollment(enrollment, await clientOf(c, undefined));
      if (!answer.ok) throw Problem.from(answer);
      return c.body(null, 204);
    },
  );
}
