/** What decorators need of the platform, over this Worker's bindings. */
import { Later } from "../contract.ts";
import type { Services } from "../services.ts";

export function platformServices(): Services {
  return {
    documents: { read: unavailable },
    pipelines: { run: unavailable },
    claims: { claim: unavailable },
    rates: { take: unavailable },
    secrets: { get: () => undefined },
  };
}

async function unavailable(): Promise<never> {
  throw new Later("This part of the platform is not available.");
}
