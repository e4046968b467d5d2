import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  DOCUMENT_ID_BYTES_MAX,
  documentIdProblem,
  FIELD_PATTERN,
  NAME_PATTERN,
  TOPIC_PATTERN,
} from "../../../core/names.ts";

const encoder = new TextEncoder();

describe("a name", () => {
  it.each(["a", "films", "a1", "my-films_2", `a${"b".repeat(62)}`])("may be %s", (name) => {
    expect(NAME_PATTERN.test(name)).toBe(true);
  });

  it.each(["", "_films", "1a", "-a", "Films", "fi lms", "film.s", "é", "films\n", `a${"b".repeat(63)}`])(
    "may not be %j",
    (name) => {
      expect(NAME_PATTERN.test(name)).toBe(false);
    },
  );
});

describe("a topic to listen to", () => {
  it.each(["orders", "identity", "identity.signup", "identity.a-1_b"])("may be %s", (name) => {
    expect(TOPIC_PATTERN.test(name)).toBe(true);
  });

  it.each([
    "",
    ".",
    "identity.",
    "identity.Signup",
    "identity.a.b",
    "other.signup",
    "_orders",
    "identity.a\n",
  ])("may not be %j", (name) => {
    expect(TOPIC_PATTERN.test(name)).toBe(false);
  });
});

describe("a field's name", () => {
  it.each(["title", "imdbRating", "A", "a.b", "cast.name-en.v_2", "a.b.c.d.e.f.g.h"])("may be %s", (name) => {
    expect(FIELD_PATTERN.test(name)).toBe(true);
  });

  it.each(["", "_score", "__proto__", "1st", ".a", "a.", "a..b", "a b", "a.1", "a.b.c.d.e.f.g.h.i", "a\n"])(
    "may not be %j",
    (name) => {
      expect(FIELD_PATTERN.test(name)).toBe(false);
    },
  );
});

describe("a document's id", () => {
  it.each([
    "1",
    "tt0073195",
    "a/b c?d#e",
    "日本",
    "...",
    "_x",
    "x".repeat(256),
    "é".repeat(128),
    "😀".repeat(64),
  ])("may be %s", (id) => {
    expect(documentIdProblem(id)).toBeUndefined();
  });

  it.each([
    ["", "at least 1 byte"],
    [".", "not . or .."],
    ["..", "not . or .."],
    [7, "a string"],
    [null, "a string"],
    [undefined, "a string"],
    [{}, "a string"],
    ["a\u0000", "control characters"],
    ["a\n", "control characters"],
    ["\u007f", "control characters"],
    ["\u009b31m", "control characters"],
    ["\ud800", "well-formed"],
    ["a\udc00b", "well-formed"],
    ["x".repeat(257), "at most 256 bytes"],
    ["é".repeat(129), "at most 256 bytes"],
    ["😀".repeat(65), "at most 256 bytes"],
  ])("may not be %j: it has %s", (id, why) => {
    expect(documentIdProblem(id)).toMatch(why);
  });

  it("is measured in bytes of UTF-8, not in characters", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("a", "é", "日", "😀"), minLength: 1, maxLength: 300 }),
        (id) => {
          expect(documentIdProblem(id) === undefined).toBe(
            encoder.encode(id).length <= DOCUMENT_ID_BYTES_MAX,
          );
        },
      ),
    );
  });
});
