/** The identity Worker's bindings, and what a deployment may set besides. */
export interface IdentityEnv extends IdentityBindings {
  /**
   * The keys that seal what is secret at rest: `id:key` pairs joined by commas, each key 32 bytes in base64url. The first seals, the
   * others read what they have sealed. Without it identity is not configured.
   */
  UMBEL_IDENTITY_KEYS?: string;
}
