/** Joins a document of a collection to an event. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { selectFields } from "../../core/document/select.ts";
import type { JsonObject } from "../../core/document/values.ts";
import { FIELD_PATTERN } from "../../core/names.ts";
import { defineDecorator, Later, Reject } from "../contract.ts";
import { read, write } from "../support/access.ts";
import { missing } from "../support/field-decorator.ts";
import { nameOption, pathOption } from "../support/options.ts";

const FIELDS_MAX = 64;

export const lookup = defineDecorator({
  name: "lookup",
  summary: "Joins a document of a collection to the event, by its id.",
  options: z.strictObject({
    collection: nameOption().describe("Where the document is."),
    id: pathOption("one").describe("Where the event has the document's id: a text or a number."),
    target: pathOption("target").describe("Where the document goes."),
    select: z
      .array(z.string().regex(FIELD_PATTERN, "must be a path, such as address.city"))
      .min(1)
      .max(FIELDS_MAX)
      .optional()
      .describe("The fields of the document that are joined, beside its id; absent: all."),
    missing: z
      .enum(["reject", "ignore", "wait"])
      .default("reject")
      .describe(
        "What becomes of an event whose document is not there: rejected, left as it is, or tried again later.",
      ),
    default: z.unknown().optional().describe("What is joined where the document is not there."),
    ignoreMissing: z
      .boolean()
      .default(false)
      .describe("Leaves an event as it is that has no id at the path."),
  }),
  gathers: true,
  examples: [
    {
      shows: "the customer of an order",
      with: {
        collection: "customers",
        id: "customerId",
        target: "customer",
        select: ["name", "address.city"],
      },
      given: { data: { customerId: "c-1", total: 5 } },
      expect: [
        {
          data: {
            customerId: "c-1",
            total: 5,
            customer: { id: "c-1", name: "Ada", address: { city: "Bonn" } },
          },
        },
      ],
    },
    {
      shows: "a document that is not there rejects the event",
      with: { collection: "customers", id: "customerId", target: "customer" },
      given: { data: { customerId: "c-9" } },
      expect: { rejects: 'customerId: there is no document "c-9" in customers.' },
    },
    {
      shows: "unless there is something to join in its place",
      with: { collection: "customers", id: "customerId", target: "customer", default: { name: "unknown" } },
      given: { data: { customerId: "c-9" } },
      expect: [{ data: { customerId: "c-9", customer: { name: "unknown" } } }],
    },
  ],
  make(
    { collection, id: path, target, select, missing: absent, default: fallback, ignoreMissing },
    preparation,
  ) {
    preparation.needs("collection", collection, ["collection"]);
    const join = (event: CloudEvent, id: string, document: JsonObject | undefined) => {
      if (document !== undefined)
        return write(event, target, select === undefined ? document : selectFields(document, select));
      if (fallback !== undefined) return write(event, target, fallback);
      if (absent === "ignore") return event;
      const message = `${path.text}: there is no document "${id.slice(0, 64)}" in ${collection}.`;
      throw absent === "wait" ? new Later(message) : new Reject(message);
    };
    return (event, context) => {
      const value = read(event, path);
      if (value === undefined || value === null) {
        if (ignoreMissing) return event;
        throw missing(path);
      }
      if (typeof value !== "string" && typeof value !== "number") throw new Reject(`${path.text}: is no id.`);
      const id = String(value);
      return context.services.documents
        .read(collection, [id])
        .then(([document]) => join(event, id, document));
    };
  },
});
