/** Tells browser, system and device from a User-Agent header. */
import Bowser from "bowser";
import { z } from "zod";
import { defineDecorator, Reject } from "../contract.ts";
import { read, write } from "../support/access.ts";
import { missing } from "../support/field-decorator.ts";
import { pathOption } from "../support/options.ts";

/** Longer than those of real browsers; each of the parser's patterns looks at all of it. */
const TEXT_CHARS_MAX = 512;

/** Texts that were parsed of late: events of one client, and of one kind of client, come together. */
const CACHED_MAX = 500;
const parsed = new Map<string, object>();

export const userAgent = defineDecorator({
  name: "user-agent",
  summary: "Tells browser, operating system and device from a User-Agent header.",
  options: z.strictObject({
    field: pathOption("one")
      .optional()
      .describe("Where the header's text is; absent: that of the request that brought the event."),
    target: pathOption("target").prefault("userAgent").describe("Where the answer goes."),
    ignoreMissing: z
      .boolean()
      .default(true)
      .describe("Leaves an event as it is that has no such text; else it is rejected."),
  }),
  examples: [
    {
      shows: "a header in the data",
      with: { field: 'headers["user-agent"]' },
      given: {
        data: {
          headers: {
            "user-agent":
              "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
          },
        },
      },
      expect: [
        {
          data: {
            headers: {
              "user-agent":
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
            },
            userAgent: {
              browser: { name: "Safari", version: "17.5" },
              os: { name: "iOS", version: "17.5" },
              device: { type: "mobile", vendor: "Apple", model: "iPhone" },
              engine: "WebKit",
            },
          },
        },
      ],
    },
    {
      shows: "that of the request",
      with: { target: "client" },
      given: { data: {} },
      expect: [
        {
          data: {
            client: {
              browser: { name: "Firefox", version: "128.0" },
              os: { name: "Linux" },
              device: { type: "desktop" },
              engine: "Gecko",
            },
          },
        },
      ],
    },
    {
      shows: "what is no browser is its first product",
      with: { field: "agent" },
      given: { data: { agent: "my-cron/1.0" } },
      expect: [
        { data: { agent: "my-cron/1.0", userAgent: { browser: { name: "my-cron", version: "1.0" } } } },
      ],
    },
  ],
  make:
    ({ field, target, ignoreMissing }) =>
    (event, { origin }) => {
      const text = field === undefined ? origin?.userAgent : read(event, field);
      if (typeof text === "string" && text !== "")
        return write(event, target, parse(text.slice(0, TEXT_CHARS_MAX)));
      if (ignoreMissing) return event;
      throw field === undefined ? new Reject("The request had no User-Agent.") : missing(field);
    },
});

function parse(text: string): object {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const { browser, os, platform, engine } = Bowser.parse(text);
  // What is no browser says what it is first: a product, perhaps with its version (RFC 9110, section 10.1.5).
  const [, name, version] = /^([\w!#$%&'*+.^`|~-]+)(?:\/([\w!#$%&'*+.^`|~-]+))?/.exec(text) ?? [];
  const answer = present({
    browser: present(
      browser.name === undefined || browser.name === ""
        ? { name, version }
        : { name: browser.name, version: browser.version },
    ),
    os: present({ name: os.name, version: os.version }),
    device: present({ type: platform.type, vendor: platform.vendor, model: platform.model }),
    engine: engine.name,
  });
  if (parsed.size >= CACHED_MAX) parsed.clear();
  parsed.set(text, answer);
  return answer;
}

/** An object with what is known alone. */
function present(members: Record<string, string | object | undefined>): object {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => {
      if (typeof value === "object") return Object.keys(value).length > 0;
      return value !== undefined && value !== "";
    }),
  );
}
