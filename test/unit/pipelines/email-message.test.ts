import { describe, expect, it } from "vitest";
import { fromBase64 } from "../../../core/cloudevents/base64.ts";
import type { CloudEvent } from "../../../core/cloudevents/event.ts";
import type { EmailSink } from "../../../core/contracts/pipelines.ts";
import { emailOf as tryEmailOf, mimeMessage } from "../../../decorators/pipelines/email-message.ts";

function emailOf(sink: EmailSink, event: CloudEvent) {
  const made = tryEmailOf(sink, event);
  if ("problem" in made) throw new Error(made.problem);
  return made.email;
}

const decode = (base64: string): string => new TextDecoder().decode(fromBase64(base64));

const event = {
  specversion: "1.0",
  id: "7",
  source: "/shop",
  type: "order.placed",
  data: { item: "lamp", lines: [{ n: 1 }, { n: 2 }], nested: { a: 1 } },
} as const;

describe("an e-mail", () => {
  it("fills places of the event in, and leaves empty what is not there", () => {
    const email = emailOf(
      {
        to: ["a@example.com"],
        subject: "{type}: {data.item}",
        text: "{data.lines.n} {data.nested} [{data.none}] {not a place}",
      },
      event,
    );

    expect(email).toEqual({
      to: ["a@example.com"],
      subject: "order.placed: lamp",
      text: '1, 2 {"a":1} [] {not a place}',
    });
  });

  it("says what it is of by itself, and shows the data", () => {
    const email = emailOf({ to: ["a@example.com"] }, event);

    expect(email.subject).toBe("order.placed");
    expect(JSON.parse(email.text)).toEqual(event.data);
  });

  it("has one line for a subject, whatever the event holds", () => {
    const hostile = { ...event, subject: "x\r\nBcc: all@example.com" };

    expect(emailOf({ to: [], subject: "{subject}" }, hostile).subject).toBe("x Bcc: all@example.com");
  });
});

describe("an address that comes from the event", () => {
  const to = (value: unknown, ...more: string[]) =>
    tryEmailOf(
      { to: ["{data.email}", ...more], subject: "s", text: "t" },
      {
        ...event,
        data: { email: value },
      },
    );

  it("is sent to as mail is, once for each that is there", () => {
    expect(to("Ada@EXAMPLE.com ")).toMatchObject({ email: { to: ["Ada@example.com"] } });
    expect(to(["a@bücher.example", "b@example.com", "b@EXAMPLE.com"], "c@example.com")).toMatchObject({
      email: { to: ["a@xn--bcher-kva.example", "b@example.com", "c@example.com"] },
    });
  });

  it.each([
    undefined,
    null,
    7,
    {},
    [],
    "",
    "ada",
    "ada@example.com, bob@example.com",
    "ada@example.com>\r\nBcc: <all@example.com",
    ["ada@example.com", "x"],
  ])("sends nothing where it is %j", (value) => {
    expect(to(value)).toEqual({ problem: "The event has no e-mail address where one is to be." });
  });

  it("is not one of more than a message goes to", () => {
    expect(to(Array.from({ length: 11 }, (_, n) => `a${n}@example.com`))).toEqual({
      problem: "A message goes to at most 10 addresses.",
    });
  });
});

describe("its message", () => {
  const envelope = {
    from: "umbel@example.com",
    to: "a@example.com",
    messageId: "1@example.com",
    date: new Date(0),
  };

  it("is MIME that can be read back, in any script", () => {
    const subject = "Bestellung für Łódź: 緑のランプ, zweimal und noch einmal";
    const text = "Grüße\n".repeat(50);
    const raw = mimeMessage({ to: [], subject, text }, envelope);
    const [head = "", body = ""] = raw.split("\r\n\r\n");
    const words = [...head.matchAll(/=\?utf-8\?B\?([^?]*)\?=/g)].map(([, word]) => decode(word ?? ""));

    expect(words.join("")).toBe(subject);
    expect(decode(body.replaceAll("\r\n", ""))).toBe(text);
    expect(raw.split("\r\n").every((line) => line.length <= 78)).toBe(true);
    expect(head).toContain("Date: Thu, 01 Jan 1970 00:00:00 +0000");
    expect([...raw].every((character) => character < "\u007f")).toBe(true);
  });

  it("leaves a plain subject as it is", () => {
    expect(mimeMessage({ to: [], subject: "Order 7", text: "" }, envelope)).toContain(
      "\r\nSubject: Order 7\r\n",
    );
  });
});
