/** In what the examples of the built-in decorators are run: documents, other pipelines, and events that were here before. */
import { EXAMPLE_ATTRIBUTES } from "../../../decorators/contract.ts";
import { parsePath } from "../../../decorators/support/path.ts";
import { keyOf } from "../../../decorators/support/stateful.ts";
import { contextWith, memoryServices } from "./memory-services.ts";

const services = memoryServices({
  documents: {
    customers: { "c-1": { id: "c-1", name: "Ada", email: "ada@example.org", address: { city: "Bonn" } } },
  },
  tokens: { su_1: "su_1.token" },
  run: async (name, event) => [{ ...event, data: { ...Object(event.data), ranIn: name } }],
});

const orderId = parsePath("orderId");
if (!orderId.ok) throw new Error(orderId.message);

/** An event with the order o-1 was here before, and a rate is used up. */
await services.claims.claim({
  scope: "dedupe/scope/seen-before",
  key: await keyOf({ ...EXAMPLE_ATTRIBUTES, data: { orderId: "o-1" } }, [orderId.path]),
  owner: "another",
  windowMs: 3_600_000,
});
await services.rates.take({
  scope: "rate/scope/used-up",
  key: "",
  owner: "another",
  permits: 1,
  intervalMs: 60_000,
  burst: 1,
});

export const EXAMPLE_CONTEXT = contextWith({
  services,
  origin: {
    ip: "203.0.113.7",
    userAgent: "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    continent: "EU",
    country: "DE",
    isEUCountry: "1",
    region: "North Rhine-Westphalia",
    city: "Bonn",
    latitude: "50.73438",
    longitude: "7.09549",
    timezone: "Europe/Berlin",
    asn: 3320,
    colo: "CGN",
  },
});
