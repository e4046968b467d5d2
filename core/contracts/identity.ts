/** What the identity Worker does for the root: second factors, and the keys by which its tokens are verified. */
import type { Result } from "../errors.ts";

/** The public half of a key that signs tokens (RFC 8037). */
export interface PublicJwk {
  kty: "OKP";
  crv: "Ed25519";
  x: string;
  kid: string;
  alg: "EdDSA";
  use: "sig";
}

/** Each method answers a failure as data; it throws only when the platform itself fails. */
export interface IdentityApi {
  ping(): Promise<true>;
  /** The keys that verify tokens, the one that signs first. */
  publicKeys(): Promise<Result<{ keys: PublicJwk[] }>>;
}
