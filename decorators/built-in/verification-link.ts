/** Puts the link of a sign-up into its event. */
import { z } from "zod";
import { confidential } from "../../core/cloudevents/platform-attributes.ts";
import { defineDecorator, Reject } from "../contract.ts";
import { read, write } from "../support/access.ts";
import { missing } from "../support/field-decorator.ts";
import { pathOption } from "../support/options.ts";

/**
 * The link is made here, on the way to the sink that mails it, and is the same each time: the event that the journal keeps has none, and the one that
 * has it is confidential, so that whoever reads events and dead letters can't verify somebody else's address.
 */
export const verificationLink = defineDecorator({
  name: "verification-link",
  summary:
    "Puts the link of a sign-up into its event, by which its address is verified. An event whose sign-up is over (verified, void or expired) is filtered. The one with the link is confidential: what is kept of it has no data.",
  options: z.strictObject({
    signup: pathOption("one").prefault("@id").describe("Where the sign-up's id is; absent: the event's id."),
    page: pathOption("one")
      .prefault("page")
      .describe(
        "Where the address of the page is that the link leads to; it gets the token as its fragment.",
      ),
    target: pathOption("target").prefault("link").describe("Where the link goes."),
  }),
  examples: [
    {
      shows: "a link that leads to the page with the token",
      with: {},
      given: { id: "su_1", data: { email: "ada@example.com", page: "https://example.com/verify" } },
      expect: [
        {
          id: "su_1",
          umbelconfidential: true,
          data: {
            email: "ada@example.com",
            page: "https://example.com/verify",
            link: "https://example.com/verify#su_1.token",
          },
        },
      ],
    },
    {
      shows: "a sign-up that is over",
      with: {},
      given: { id: "su_over", data: { page: "https://example.com/verify" } },
      expect: [],
    },
    {
      shows: "a page that is none",
      with: {},
      given: { id: "su_1", data: { page: "/verify" } },
      expect: { rejects: "page: is no http or https URL." },
    },
  ],
  make({ signup, page, target }) {
    return async (event, { services }) => {
      const id = read(event, signup);
      if (typeof id !== "string") throw missing(signup);
      const address = read(event, page);
      const url = typeof address === "string" ? URL.parse(address) : null;
      if (url === null || !/^https?:$/.test(url.protocol))
        throw new Reject(`${page.text}: is no http or https URL.`);
      const token = await services.signups.tokenOf(id);
      if (token === undefined) return undefined;
      url.hash = token;
      return confidential(write(event, target, url.href));
    };
  },
});
