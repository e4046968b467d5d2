/** Signs events. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { defineDecorator, type Decorate } from "../contract.ts";
import { write } from "../support/access.ts";
import { canonicalJson } from "../support/canonical-json.ts";
import { Signer, textBytes, toBase64, toBase64Url } from "../support/digest.ts";
import { keyOption, pathOption } from "../support/options.ts";

const encoder = new TextEncoder();

const HASHES = { HS256: "SHA-256", HS384: "SHA-384", HS512: "SHA-512" } as const;

/** As Standard Webhooks writes keys: base64 behind this. */
const KEY_PREFIX = "whsec_";

export const sign = defineDecorator({
  name: "sign",
  summary:
    "Signs the event with a shared key, so that whoever gets it knows that it came from here. What is signed is its data in canonical JSON (RFC 8785).",
  options: z.strictObject({
    scheme: z
      .enum(["jws", "standard-webhooks"])
      .default("jws")
      .describe(
        "jws: a JWS with detached content (RFC 7515, appendix F). standard-webhooks: v1,<HMAC-SHA256 of id.timestamp.content in base64>, with the attributes webhookid and webhooktimestamp beside it.",
      ),
    key: keyOption().describe(
      'A text, or {"secret": "NAME"} for the secret UMBEL_SECRET_NAME. One that begins with whsec_ is base64 behind that.',
    ),
    algorithm: z.enum(["HS256", "HS384", "HS512"]).default("HS256").describe("Of a JWS."),
    keyId: z.string().min(1).max(200).optional().describe("A JWS says it (kid), so that keys can change."),
    target: pathOption("target")
      .optional()
      .describe("Where the signature goes; absent: the attribute signature, or webhooksignature."),
  }),
  examples: [
    {
      shows: "a JWS whose content is the event's data",
      with: { key: "a key of 32 bytes or more, please!", keyId: "k1" },
      given: { data: { total: 5, item: "lamp" } },
      expect: [
        {
          signature: "eyJhbGciOiJIUzI1NiIsImtpZCI6ImsxIn0..yXueazdryFvaIP6KG6KKI143b3KLvfEtiDI5eK0_Zj0",
          data: { total: 5, item: "lamp" },
        },
      ],
    },
    {
      shows: "as a webhook is signed",
      with: { scheme: "standard-webhooks", key: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" },
      given: { id: "msg_1", data: { test: 2432232314 } },
      expect: [
        {
          id: "msg_1",
          webhookid: "msg_1",
          webhooktimestamp: "1772366400",
          webhooksignature: "v1,LT1zSrHviqR461+8wECTrAbrvcuomrLZdLNp2MXESBg=",
          data: { test: 2432232314 },
        },
      ],
    },
  ],
  make({ scheme, key, algorithm, keyId, target }, preparation) {
    if (typeof key === "string" && key.startsWith(KEY_PREFIX) && !isBase64(key.slice(KEY_PREFIX.length))) {
      preparation.fault(["key"], "is not base64 behind whsec_");
      return (event) => event;
    }
    if (scheme === "standard-webhooks") {
      if (keyId !== undefined) preparation.fault(["keyId"], "has no place in standard-webhooks");
      return standardWebhooks(new Signer("SHA-256", key, keyBytes), target);
    }
    return jws(new Signer(HASHES[algorithm], key, keyBytes), algorithm, keyId, target);
  },
});

type Target = Parameters<typeof write>[1] | undefined;

function jws(signer: Signer, alg: string, kid: string | undefined, target: Target): Decorate {
  const header = toBase64Url(encoder.encode(JSON.stringify(kid === undefined ? { alg } : { alg, kid })));
  const place: Target = target ?? { kind: "attribute", text: "@signature", name: "signature" };
  return async (event, context) => {
    const payload = toBase64Url(encoder.encode(contentOf(event)));
    const signature = toBase64Url(await signer.sign(`${header}.${payload}`, context));
    return write(event, place, `${header}..${signature}`);
  };
}

function standardWebhooks(signer: Signer, target: Target): Decorate {
  const place: Target = target ?? { kind: "attribute", text: "@webhooksignature", name: "webhooksignature" };
  return async (event, context) => {
    const timestamp = String(Math.floor(context.now / 1000));
    const signature = toBase64(await signer.sign(`${event.id}.${timestamp}.${contentOf(event)}`, context));
    const signed = { ...event, webhookid: event.id, webhooktimestamp: timestamp };
    return write(signed, place, `v1,${signature}`);
  };
}

/** What is signed. Before the signature is written, which may go into the data. */
function contentOf({ data, data_base64: base64 }: CloudEvent): string {
  if (data !== undefined) return canonicalJson(data);
  return base64 ?? "";
}

function keyBytes(key: string): Uint8Array<ArrayBuffer> {
  if (!key.startsWith(KEY_PREFIX)) return textBytes(key);
  return Uint8Array.from(atob(key.slice(KEY_PREFIX.length)), (character) => character.charCodeAt(0));
}

function isBase64(text: string): boolean {
  return text !== "" && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text);
}
