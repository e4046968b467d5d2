/** Signed tokens (JWT, RFC 7519): what a verified challenge is worth elsewhere. */
import { SignJWT } from "jose";
import type { KeyRing } from "../keys/key-ring.ts";
import { signingKey, TOKEN_ALGORITHM } from "./signing-keys.ts";

/** Long enough to be carried to who asked for it, and not to be kept. */
export const TOKEN_TTL_S = 300;

export interface TokenClaims {
  iss: string;
  aud: string;
  sub: string;
  /** How it was verified (RFC 8176). */
  amr: string[];
  /** Claims of Umbel's own. */
  own: Record<string, string>;
}

export async function signToken(ring: KeyRing, claims: TokenClaims, now: number): Promise<string> {
  const { kid, sign } = await signingKey(ring.current);
  const issuedAt = Math.floor(now / 1000);
  return new SignJWT({ ...claims.own, amr: claims.amr })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, kid, typ: "JWT" })
    .setIssuer(claims.iss)
    .setAudience(claims.aud)
    .setSubject(claims.sub)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + TOKEN_TTL_S)
    .setJti(crypto.randomUUID())
    .sign(sign);
}
