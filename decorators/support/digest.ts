/** Hashes and keyed hashes, by Web Crypto. */
import type { DecoratorContext } from "../contract.ts";
import type { KeyOption } from "./options.ts";

export type Hash = "SHA-256" | "SHA-384" | "SHA-512";

const encoder = new TextEncoder();

/** The digest of a text's UTF-8 bytes. */
export async function digest(hash: Hash, text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest(hash, encoder.encode(text)));
}

/** Makes the HMAC (RFC 2104) of texts, with a key that is imported once for each of its values. */
export class Signer {
  private readonly hash: Hash;
  private readonly option: KeyOption;
  private readonly decode: (key: string) => Uint8Array<ArrayBuffer>;
  private imported: { text: string; key: Promise<CryptoKey> } | undefined;

  constructor(hash: Hash, option: KeyOption, decode: (key: string) => Uint8Array<ArrayBuffer> = textBytes) {
    this.hash = hash;
    this.option = option;
    this.decode = decode;
  }

  async sign(text: string, context: DecoratorContext): Promise<Uint8Array> {
    const key = await this.key(context);
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(text)));
  }

  private key({ services }: DecoratorContext): Promise<CryptoKey> {
    const text = typeof this.option === "string" ? this.option : services.secrets.get(this.option.secret);
    if (text === undefined) {
      // Not the event's fault, and mended by whoever looks after the deployment: a failure that is tried again.
      return Promise.reject(new Error(`The secret ${keyName(this.option)} is not set.`));
    }
    if (this.imported?.text !== text) {
      const algorithm = { name: "HMAC", hash: this.hash };
      this.imported = {
        text,
        key: crypto.subtle.importKey("raw", this.decode(text), algorithm, false, ["sign"]),
      };
    }
    return this.imported.key;
  }
}

function keyName(option: KeyOption): string {
  return typeof option === "string" ? "" : `UMBEL_SECRET_${option.secret}`;
}

/** A text's UTF-8 bytes, in a buffer of their own. */
export function textBytes(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(encoder.encode(text));
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** RFC 4648, section 4. */
export function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}

/** RFC 4648, section 5, without padding, as JWS has it (RFC 7515, section 2). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
