/** The grammars that attributes are held to. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fromBase64, isBase64, toBase64 } from "../../../core/cloudevents/base64.ts";
import { isUtf8, parseMediaType, withUtf8 } from "../../../core/cloudevents/media-type.ts";
import { isTimestamp } from "../../../core/cloudevents/timestamp.ts";
import { isUri, isUriReference } from "../../../core/cloudevents/uri.ts";

describe("a timestamp", () => {
  test.each([
    "1985-04-12T23:20:50.52Z",
    "1996-12-19T16:39:57-08:00",
    "1990-12-31T23:59:60Z",
    "1990-12-31T15:59:60-08:00",
    "1937-01-01T12:00:27.87+00:20",
    "2024-02-29T00:00:00.123456789012345z",
    "2000-02-29t00:00:00-00:00",
    "0000-01-01T00:00:00+23:59",
  ])("can be %s", (text) => {
    expect(isTimestamp(text)).toBe(true);
  });

  test.each([
    "",
    "2026-01-31",
    "2026-01-31T09:30Z",
    "2026-01-31T09:30:00",
    "2026-01-31 09:30:00Z",
    "2026-01-31T09:30:00.Z",
    "2026-01-31T09:30:00,5Z",
    "2026-01-31T09:30:00+0100",
    "2026-01-31T09:30:00+01",
    "2026-1-31T09:30:00Z",
    "+002026-01-31T09:30:00Z",
    "2026-00-10T09:30:00Z",
    "2026-13-10T09:30:00Z",
    "2026-01-00T09:30:00Z",
    "2026-04-31T09:30:00Z",
    "1900-02-29T09:30:00Z",
    "2026-01-31T24:00:00Z",
    "2026-01-31T09:60:00Z",
    "2026-01-31T09:30:60Z",
    "2026-01-31T23:59:60+01:00",
    "2026-01-31T23:59:61Z",
    "2026-01-31T09:30:00+24:00",
    "2026-01-31T09:30:00+01:60",
    "2026-01-31T09:30:00Z\n",
    "٢٠٢٦-01-31T09:30:00Z",
  ])("can't be %j", (text) => {
    expect(isTimestamp(text)).toBe(false);
  });

  test("is whatever Date writes", () => {
    const dates = fc.date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    });
    fc.assert(fc.property(dates, (date) => isTimestamp(date.toISOString())));
  });
});

/** The examples of RFC 3986, sections 1.1.2 and 5.4, and some of each kind of host. */
const URIS = [
  "ftp://ftp.is.co.za/rfc/rfc1808.txt",
  "ldap://[2001:db8::7]/c=GB?objectClass?one",
  "mailto:John.Doe@example.com",
  "tel:+1-816-555-1212",
  "telnet://192.0.2.16:80/",
  "urn:oasis:names:specification:docbook:dtd:xml:4.1.2",
  "http://a/b/c/d;p?q#s",
  "http://user:word@host.example:/",
  "http://[::ffff:192.0.2.1]:8080",
  "http://[v7.fe80::a+en1]/",
  "file:///etc/hosts",
  "a:",
  "http:g",
];

const RELATIVE_REFERENCES = [
  "",
  "g",
  "./g",
  "g/",
  "/g",
  "//g",
  "?y",
  "g?y",
  "#s",
  "g;x=1/../y",
  "../../..",
  "a/b:c",
  "%41",
  "//h:1/",
];

const NO_REFERENCES = [
  "a b",
  "\\\\share",
  "http://exa mple/",
  "<a>",
  "a%4",
  "%zz",
  "größe",
  "a\n",
  ":a",
  "1:a",
  "a_b:c",
  "http://[::1",
  "http://[zz]/",
  "http://[1.2.3.4]/",
  "http://a[0]/",
  "http://a:b/",
  "http://a@b@c/",
  "/a[0]",
  "?a[0]=1",
  "#a#b",
  "a^b",
  "{a}",
  "a|b",
  '"',
];

describe("a URI", () => {
  test.each(URIS)("can be %s", (text) => {
    expect([isUri(text), isUriReference(text)]).toEqual([true, true]);
  });

  test.each(RELATIVE_REFERENCES)("can't be %j, which is a relative reference", (text) => {
    expect([isUri(text), isUriReference(text)]).toEqual([false, true]);
  });

  test.each(NO_REFERENCES)("can't be %j, nor can a reference", (text) => {
    expect([isUri(text), isUriReference(text)]).toEqual([false, false]);
  });

  test("is whatever the URL parser writes for a web address", () => {
    const addresses = fc.webUrl({ withFragments: true, withQueryParameters: true });
    fc.assert(fc.property(addresses, (address) => isUri(new URL(address).href)));
  });
});

describe("a media type", () => {
  test("is read with its parameters, names without regard to case", () => {
    expect(parseMediaType(String.raw`Text/HTML;Charset="utf\-8" ; x=Y`)).toEqual({
      essence: "text/html",
      parameters: [
        { name: "charset", value: "utf-8", text: String.raw`Charset="utf\-8"` },
        { name: "x", value: "Y", text: "x=Y" },
      ],
    });
  });

  test.each([
    "",
    "text",
    "text/",
    "/plain",
    "text/plain;",
    "text/plain; a",
    "text/plain; a=",
    "text/plain; a=b c",
    'text/plain; a="b',
    "text /plain",
    "text/plain\n",
    " text/plain",
    "text/plain,text/html",
    "tëxt/plain",
    "text/plain; a=b; ; c=d",
  ])("can't be %j", (text) => {
    expect(parseMediaType(text)).toBeUndefined();
  });

  test("of another charset is written anew for UTF-8, its other parameters as they were", () => {
    const type = parseMediaType('text/plain; format="flowed"; charset=latin1; CHARSET=x');
    expect(type && withUtf8(type)).toBe('text/plain; format="flowed"; charset=utf-8');
    expect(type && isUtf8(type)).toBe(false);
  });

  test("is refused in time that grows with its length alone", () => {
    expect(parseMediaType(`text/plain${";  ".repeat(30_000)}!`)).toBeUndefined();
    expect(parseMediaType(`text/plain; a="${"\\\\".repeat(30_000)}`)).toBeUndefined();
  });
});

describe("base64", () => {
  test("gives back any bytes, and is what btoa writes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20_000 }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).toBe(btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("")));
        expect(isBase64(text)).toBe(true);
        expect(fromBase64(text)).toEqual(bytes);
      }),
      { numRuns: 50 },
    );
  });

  test.each(["A", "AA", "AAA", "A===", "====", "=AAA", "AA=A", "AA==AAAA", "AA A", "A-_A", "AAAA\n", "ÄAAA"])(
    "can't be %j",
    (text) => {
      expect(isBase64(text)).toBe(false);
    },
  );
});
