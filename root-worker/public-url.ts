/** The address of this deployment, as people reach it. */
import { Problem } from "./problem.ts";

/**
 * Where a mailed link leads: what the deployment says of itself, else where the request came to. Which hosts requests can come by is settled by the
 * deployment's routes, not by who sends them; a `Forwarded` or `X-Forwarded-Host` is anybody's word, and is not looked at.
 */
export function publicUrl(setting: string | undefined, requestUrl: string): string {
  if (setting === undefined || setting === "") return new URL(requestUrl).origin;
  const url = URL.parse(setting);
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== "" || url.hash !== "")
    throw new Problem("not-configured", "UMBEL_PUBLIC_URL is no http or https URL.");
  return url.href.replace(/\/+$/, "");
}
