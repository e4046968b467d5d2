/** An e-mail of an event, as a message by RFC 5322 and MIME (RFC 2045, 2047). */
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import { ADDRESSEES_MAX, type EmailSink } from "../../core/contracts/pipelines.ts";
import { isObject, valuesAt } from "../../core/document/values.ts";
import { toBase64 } from "../../core/cloudevents/base64.ts";
import { parseMailAddress } from "../../core/mail-address.ts";

export interface Email {
  to: string[];
  subject: string;
  text: string;
}

/** A subject is shown in a line, and a text by people read. */
const SUBJECT_CHARS_MAX = 200;
const TEXT_CHARS_MAX = 100_000;

/**
 * Fills places of the event into subject and text: `{data.name}`. What is not there is left empty. Addresses that come from the event are
 * anybody's words: a message that has another than an address among them can't be sent, and `problem` says so.
 */
export function emailOf(
  { to, subject, text }: EmailSink,
  event: CloudEvent,
): { email: Email } | { problem: string } {
  const addressees = to.flatMap((addressee) => {
    const path = PLACE.exec(addressee)?.[1];
    return path === undefined ? [addressee] : addressesAt(event, path);
  });
  if (addressees.includes(undefined))
    return { problem: "The event has no e-mail address where one is to be." };
  if (addressees.length > ADDRESSEES_MAX)
    return { problem: `A message goes to at most ${ADDRESSEES_MAX} addresses.` };
  const distinct = [...new Set(addressees.filter((address) => address !== undefined))];
  return { email: { to: distinct, ...contentOf({ subject, text }, event) } };
}

const PLACE = /^\{([A-Za-z][\w.-]*)\}$/;

/** Undefined for what is no address; at least one. */
function addressesAt(event: CloudEvent, path: string): (string | undefined)[] {
  const addresses = valuesAt(event, path).map((value) =>
    typeof value === "string" ? parseMailAddress(value)?.address : undefined,
  );
  return addresses.length > 0 ? addresses : [undefined];
}

function contentOf(
  { subject, text }: { subject: string | undefined; text: string | undefined },
  event: CloudEvent,
): Omit<Email, "to"> {
  const fill = (template: string): string =>
    template.replaceAll(/\{([A-Za-z][\w.-]*)\}/g, (_, path: string) => {
      if (path === "data") return JSON.stringify(event.data, null, 2) ?? "";
      return valuesAt(event, path).map(show).join(", ");
    });
  return {
    // A line break in a subject would begin another header.
    subject: fill(subject ?? "{type}")
      .replaceAll(/\p{Cc}+/gu, " ")
      .slice(0, SUBJECT_CHARS_MAX),
    text: fill(text ?? "{data}").slice(0, TEXT_CHARS_MAX),
  };
}

function show(value: unknown): string {
  return isObject(value) ? JSON.stringify(value) : String(value);
}

const encoder = new TextEncoder();

/** The message to one of the addressees. */
export function mimeMessage(
  { subject, text }: Email,
  { from, to, messageId, date }: { from: string; to: string; messageId: string; date: Date },
): string {
  return [
    `From: <${from}>`,
    `To: <${to}>`,
    `Subject: ${encodeWords(subject.toWellFormed())}`,
    `Date: ${date.toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${messageId}>`,
    "MIME-Version: 1.0",
    "Content-Type: text/plain; charset=utf-8",
    "Content-Transfer-Encoding: base64",
    "",
    lines(toBase64(encoder.encode(text.toWellFormed())), 76),
    "",
  ].join("\r\n");
}

/** RFC 2047: a word has at most 75 characters, and no character is parted. */
function encodeWords(text: string): string {
  if (/^[\x20-\x7e]{0,60}$/.test(text)) return text;
  const words: string[] = [];
  let word = "";
  for (const character of text) {
    if (encoder.encode(word + character).length > 42) {
      words.push(word);
      word = "";
    }
    word += character;
  }
  words.push(word);
  return words.map((each) => `=?utf-8?B?${toBase64(encoder.encode(each))}?=`).join("\r\n ");
}

function lines(text: string, length: number): string {
  return text.match(new RegExp(`.{1,${length}}`, "g"))?.join("\r\n") ?? "";
}
