/** Tells where an event's request came from. */
import { z } from "zod";
import type { Origin } from "../../core/cloudevents/origin.ts";
import { defineDecorator, Reject } from "../contract.ts";
import { write } from "../support/access.ts";
import { pathOption } from "../support/options.ts";

const FIELDS = [
  "continent",
  "country",
  "isEU",
  "region",
  "regionCode",
  "city",
  "postalCode",
  "location",
  "timezone",
  "asn",
  "asOrganization",
  "colo",
  "ip",
] as const;

type GeoField = (typeof FIELDS)[number];

/** The address is personal data: it has to be asked for. */
const DEFAULT_FIELDS = FIELDS.filter((name) => name !== "ip");

export const geo = defineDecorator({
  name: "geo",
  summary:
    "Tells where the request that brought the event came from, as Cloudflare saw it: country, city, coordinates, network.",
  options: z.strictObject({
    target: pathOption("target").prefault("geo").describe("Where the answer goes."),
    fields: z
      .array(z.enum(FIELDS))
      .min(1)
      .default(DEFAULT_FIELDS)
      .describe("What is told, as far as it is known; ip, the client's address, has to be asked for."),
    unknown: z
      .enum(["ignore", "reject"])
      .default("ignore")
      .describe(
        "What becomes of an event of which nothing is known, as on a developer's machine: left as it is, or rejected.",
      ),
  }),
  examples: [
    {
      shows: "everything that is known of the place",
      with: {},
      given: { data: { total: 5 } },
      expect: [
        {
          data: {
            total: 5,
            geo: {
              continent: "EU",
              country: "DE",
              isEU: true,
              region: "North Rhine-Westphalia",
              city: "Bonn",
              location: { latitude: 50.73438, longitude: 7.09549 },
              timezone: "Europe/Berlin",
              asn: 3320,
              colo: "CGN",
            },
          },
        },
      ],
    },
    {
      shows: "the country alone, and the address, into another place",
      with: { fields: ["country", "ip"], target: "sender" },
      given: { data: {} },
      expect: [{ data: { sender: { country: "DE", ip: "203.0.113.7" } } }],
    },
  ],
  make:
    ({ target, fields, unknown }) =>
    (event, { origin = {} }) => {
      const known = fields.flatMap((name): [string, unknown][] => {
        const value = READ[name](origin);
        return value === undefined ? [] : [[name, value]];
      });
      if (known.length > 0) return write(event, target, Object.fromEntries(known));
      if (unknown === "ignore") return event;
      throw new Reject("Nothing is known of where the request came from.");
    },
});

const READ: Record<GeoField, (origin: Origin) => unknown> = {
  continent: ({ continent }) => continent,
  country: ({ country }) => country,
  // Cloudflare says "1", or nothing; nothing of a place that is known is no.
  isEU: ({ isEUCountry, country }) => (country === undefined ? undefined : isEUCountry === "1"),
  region: ({ region }) => region,
  regionCode: ({ regionCode }) => regionCode,
  city: ({ city }) => city,
  postalCode: ({ postalCode }) => postalCode,
  location: locationOf,
  timezone: ({ timezone }) => timezone,
  asn: ({ asn }) => asn,
  asOrganization: ({ asOrganization }) => asOrganization,
  colo: ({ colo }) => colo,
  ip: ({ ip }) => ip,
};

function locationOf({ latitude = "", longitude = "" }: Origin): object | undefined {
  const location = { latitude: Number.parseFloat(latitude), longitude: Number.parseFloat(longitude) };
  return Number.isFinite(location.latitude) && Number.isFinite(location.longitude) ? location : undefined;
}
