/** A key ring for tests, as the secret UMBEL_IDENTITY_KEYS has it. */
export const TEST_IDENTITY_KEYS = `test:${"A".repeat(43)}`;
