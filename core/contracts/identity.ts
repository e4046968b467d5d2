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

/** An authenticator that is not confirmed yet: what of it is shown once. */
export interface NewEnrollment {
  enrollment: string;
  /** In base32, as authenticators take it by hand. */
  secret: string;
  otpauthUrl: string;
  /** The URL as a QR code: an SVG document. */
  qrSvg: string;
  recoveryCodes: string[];
  /** ISO 8601: it must be confirmed by then. */
  expiresAt: string;
}

export interface Enrollment {
  enrollment: string;
  state: "pending" | "confirmed";
  label?: string;
  createdAt: string;
  confirmedAt?: string;
  recoveryCodesLeft: number;
}

/** Who asks, as far as limits and audit need to know. */
export interface Client {
  /** A network address, where one is known. */
  address?: string;
  /** Whether it is the person's own, and not that of an application's server, which asks for many. */
  isPerson: boolean;
}

export interface ChallengeRequest {
  account: string;
  purpose: string;
  client: Client;
}

export interface ChallengeAnswer {
  challenge: string;
  code: string;
  client: Client;
  /** Whom tokens are of, where the deployment does not say it: the address by which Umbel was reached. */
  issuer: string;
}

/** Each method answers a failure as data; it throws only when the platform itself fails. */
export interface IdentityApi {
  ping(): Promise<true>;
  /** The keys that verify tokens, the one that signs first. */
  publicKeys(): Promise<Result<{ keys: PublicJwk[] }>>;
  /** Begins an authenticator, in place of one that was begun and not confirmed. */
  enroll(account: string, label: string | undefined, client: Client): Promise<Result<NewEnrollment>>;
  /** From now on it counts, in place of the one that did. */
  confirmEnrollment(enrollment: string, code: string, client: Client): Promise<Result<object>>;
  removeEnrollment(enrollment: string, client: Client): Promise<Result<object>>;
  listEnrollments(account: string): Promise<Result<{ enrollments: Enrollment[] }>>;
  openChallenge(request: ChallengeRequest): Promise<Result<{ challenge: string; expiresAt: string }>>;
  /** `wrong-code`, `gone` or `rate-limited`, or a token. The same for accounts with an authenticator and without. */
  answerChallenge(answer: ChallengeAnswer): Promise<Result<{ token: string }>>;
}
