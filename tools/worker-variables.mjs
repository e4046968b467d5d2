// What Workers read of the environment beside their secrets, and a local run therefore hands over from the user's.

const names = [
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "UMBEL_CORS_ORIGINS",
  "UMBEL_IDENTITY_AUDIENCE",
  "UMBEL_IDENTITY_ISSUER",
  "UMBEL_IDENTITY_NAME",
  "UMBEL_MAIL_FROM",
  "UMBEL_PUBLIC_URL",
];

/**
 * @param {Record<string, string | undefined>} env
 * @returns {Record<string, string>} those that are set
 */
export function workerVariables(env) {
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = env[name];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}
