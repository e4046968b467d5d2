/** The identity Worker's bindings, and what a deployment may set besides. */
export interface IdentityEnv extends IdentityBindings {
  /**
   * The keys that seal what is secret at rest: `id:key` pairs joined by commas, each key 32 bytes in base64url. The first seals, the
   * others read what they have sealed. Without it identity is not configured.
   */
  UMBEL_IDENTITY_KEYS?: string;
  /** Whom authenticators show codes to be for; "Umbel" without it. */
  UMBEL_IDENTITY_NAME?: string;
  /** `iss` of tokens; without it the address by which Umbel was reached. */
  UMBEL_IDENTITY_ISSUER?: string;
  /** `aud` of tokens; "umbel" without it. */
  UMBEL_IDENTITY_AUDIENCE?: string;
}
