/** What the routes of identity have in common. */
import { z } from "@hono/zod-openapi";
import { documentIdProblem } from "../../core/names.ts";

/** Codes are of 6 to 19 characters, as people type them; what is much longer is none. */
const CODE_CHARS_MAX = 64;

/** As a document's id: it may well be one. */
export const Account = z
  .string()
  .superRefine((account, issues) => {
    const problem = documentIdProblem(account);
    if (problem !== undefined) issues.addIssue(problem.replace("an id", "an account"));
  })
  .openapi({
    description: "How your application names the person: 1 to 256 bytes without control characters",
    example: "ada",
  });

export const Code = z
  .string()
  .min(1)
  .max(CODE_CHARS_MAX)
  .openapi({ description: "Spaces and hyphens in it don't count", example: "123 456" });

export const Address = z.union([z.ipv4(), z.ipv6()], "must be an IPv4 or IPv6 address").openapi({
  type: "string",
  description:
    "The person's network address, as your server sees it: what limits count by. For callers with a key",
  example: "203.0.113.7",
});
