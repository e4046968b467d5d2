import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { mailboxKey, parseMailAddress } from "../../../core/mail-address.ts";

const addressOf = (given: string): string | undefined => parseMailAddress(given)?.address;

function keyOf(given: string): string {
  const parsed = parseMailAddress(given);
  if (parsed === undefined) throw new Error(`${given} is no address`);
  return mailboxKey(parsed);
}

describe("an e-mail address", () => {
  it.each([
    ["ada@example.com", "ada@example.com"],
    ["  ada@EXAMPLE.com\n", "ada@example.com"],
    ["Ada.Lovelace+x@Example.COM", "Ada.Lovelace+x@example.com"],
    ["o'hara/{x}=$@example.co.uk", "o'hara/{x}=$@example.co.uk"],
    ["ada@bücher.example", "ada@xn--bcher-kva.example"],
    ["ada@BU\u0308CHER.example", "ada@xn--bcher-kva.example"],
    ["ada@例え。テスト", "ada@xn--r8jz45g.xn--zckzah"],
    ["ada@ｅｘａｍｐｌｅ．com", "ada@example.com"],
    ["ju\u0308rgen@example.com", "j\u00fcrgen@example.com"],
    ["用户@example.com", "用户@example.com"],
    ["a@xn--p1ai.xn--p1ai", "a@xn--p1ai.xn--p1ai"],
  ])("%j is sent to as %j", (given, address) => {
    expect(addressOf(given)).toBe(address);
  });

  it.each([
    "",
    "@",
    "ada",
    "ada@",
    "@example.com",
    "ada@example",
    "ada@localhost",
    "ada@@example.com",
    "a@b@example.com",
    ".ada@example.com",
    "ada.@example.com",
    "a..da@example.com",
    "ada lovelace@example.com",
    '"ada"@example.com',
    "ada(x)@example.com",
    "Ada <ada@example.com>",
    "ada@example.com,bob@example.com",
    "ada@example.com\r\nBcc: all@example.com",
    "ada\u0000@example.com",
    "a\u200bda@example.com",
    "ada@exam\u0000ple.com",
    "ada@-example.com",
    "ada@example-.com",
    "ada@example.com.",
    "ada@.example.com",
    "ada@example..com",
    "ada@[127.0.0.1]",
    "ada@127.0.0.1",
    "ada@127.1",
    "ada@0x7f.1",
    "ada@[::1]",
    "ada@example.com:25",
    "ada@example.com/x",
    "ada@ex%61mple.com",
    "ada@exa_mple.com",
    "ada@xn--.com",
    `${"a".repeat(65)}@example.com`,
    `${"é".repeat(33)}@example.com`,
    `ada@${"a".repeat(64)}.com`,
    `${"a".repeat(64)}@${"a.".repeat(100)}com`,
    `${"a".repeat(100_000)}@example.com`,
    "\ud800@example.com",
  ])("%j is refused", (given) => {
    expect(parseMailAddress(given)).toBeUndefined();
  });

  it("stays what it is when it is read again, whatever was given", () => {
    const local = fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 });
    const domain = fc.oneof(
      fc.domain(),
      fc.string({ unit: "grapheme", maxLength: 8 }).map((text) => `${text}.example`),
    );

    fc.assert(
      fc.property(local, domain, (left, right) => {
        const once = addressOf(`${left}@${right}`);
        if (once !== undefined) expect(addressOf(once)).toBe(once);
      }),
    );
  });
});

describe("addresses that may lead to one mailbox", () => {
  it.each([
    ["ada@example.com", "ADA@example.com"],
    ["ada@example.com", "a.d.a@Example.com"],
    ["ada@example.com", "ada+news@example.com"],
    ["ada@example.com", "A.da+x+y@EXAMPLE.com"],
  ])("%j and %j count as one", (left, right) => {
    expect(keyOf(left)).toBe(keyOf(right));
  });

  it.each([
    ["ada@example.com", "ada@example.org"],
    ["ada@example.com", "adam@example.com"],
    ["+a@example.com", "ada@example.com"],
  ])("%j and %j don't", (left, right) => {
    expect(keyOf(left)).not.toBe(keyOf(right));
  });
});
