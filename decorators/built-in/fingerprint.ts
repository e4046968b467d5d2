/** Hashes what makes an event's content. */
import { z } from "zod";
import { defineDecorator, Reject } from "../contract.ts";
import { readAll, write } from "../support/access.ts";
import { canonicalJson } from "../support/canonical-json.ts";
import { digest, Signer, toBase64Url, toHex } from "../support/digest.ts";
import { keyOption, pathOption, pathsOption } from "../support/options.ts";

export const fingerprint = defineDecorator({
  name: "fingerprint",
  summary:
    "Hashes fields, so that events of the same content are known by the same text, whatever order their fields are in.",
  options: z.strictObject({
    fields: pathsOption()
      .optional()
      .describe("What is hashed, whatever their order here; absent: all of the data."),
    target: pathOption("target").prefault("fingerprint").describe("Where the hash goes."),
    method: z.enum(["SHA-256", "SHA-384", "SHA-512"]).default("SHA-256").describe("The hash."),
    key: keyOption()
      .optional()
      .describe(
        'Makes it an HMAC: a text, or {"secret": "NAME"} for the secret UMBEL_SECRET_NAME. Without one, short values can be guessed from their hash.',
      ),
    encoding: z.enum(["hex", "base64url"]).default("hex").describe("How the hash is written."),
    ignoreMissing: z
      .boolean()
      .default(false)
      .describe("Hashes what is there of the fields, also when that is nothing."),
  }),
  examples: [
    {
      shows: "all of the data, whatever the order of its fields",
      with: {},
      given: { data: { b: [1, "x"], a: null } },
      expect: [
        {
          data: {
            b: [1, "x"],
            a: null,
            fingerprint: "c22cb7b0353770e2b38094af641143ebf008ddf2d1f2dedb9d875996fcf245fa",
          },
        },
      ],
    },
    {
      shows: "some fields, into an attribute, with a key",
      with: { fields: ["customer.email", "day"], key: "k", target: "@contenthash", encoding: "base64url" },
      given: { data: { customer: { email: "ada@example.org" }, day: "2026-01-31", note: "x" } },
      expect: [
        {
          contenthash: "8r7QWEntHhrrqjNxRDdoJSkzm_cLoqMNQJwcKwlp4bM",
          data: { customer: { email: "ada@example.org" }, day: "2026-01-31", note: "x" },
        },
      ],
    },
    {
      shows: "an event without any of the fields is rejected",
      with: { fields: ["customer.email"] },
      given: { data: {} },
      expect: { rejects: "customer.email: is missing." },
    },
  ],
  make({ fields, target, method, key, encoding, ignoreMissing }) {
    const sorted = fields?.toSorted((a, b) => (a.text < b.text ? -1 : 1));
    const signer = key === undefined ? undefined : new Signer(method, key);
    const encode = encoding === "hex" ? toHex : toBase64Url;
    return async (event, context) => {
      const content =
        sorted?.map((path) => [path.text, ...readAll(event, path)]) ??
        event.data ??
        event.data_base64 ??
        null;
      const names = sorted?.map(({ text }) => text).join(", ") ?? "";
      const isEmpty =
        Array.isArray(content) &&
        sorted !== undefined &&
        content.every((each: unknown) => Array.isArray(each) && each.length === 1);
      if (isEmpty && !ignoreMissing) throw new Reject(`${names}: is missing.`);
      const text = canonicalJson(content);
      const bytes = signer === undefined ? await digest(method, text) : await signer.sign(text, context);
      return write(event, target, encode(bytes));
    };
  },
});
