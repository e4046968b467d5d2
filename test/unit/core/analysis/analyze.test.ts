import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { analyze, analyzeTerms } from "../../../../core/analysis/analyze.ts";
import { LANGUAGES } from "../../../../core/analysis/stem.ts";

/** Text of many scripts, with everything that analysis treats apart. */
const pieces = fc.constantFrom(
  ..."aZéßIİıſﬁŒ½²①Ａ　 \t\n\u0000'’-_.,*\"0９٣",
  ..."日本語をカナกขไทยລາວខ្មែរမြန်မာ",
  ..."हिन्दीதமிழ்עִבְרִיתعَرَبِيّ한국ёЯ",
  "😀",
  "👨‍👩‍👧",
  "🇨🇭",
  "❤️",
  "ﷺ",
  "㍿",
  "™",
  "\ud800",
  "\udc00",
  "\u0301",
  "\u200d",
  "\uf8ff",
  "\u{10ffff}",
);
const texts = fc.oneof(
  fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join("")),
  fc.string({ unit: "binary", maxLength: 200 }),
  fc.string({ unit: "grapheme", maxLength: 200 }),
);
const languages = fc.constantFrom(undefined, ...LANGUAGES);

describe("the terms of a text", () => {
  it.each([
    ["", []],
    ["!? … — \u0000", []],
    ["The Godfather, Part II (1974)", ["the", "godfather", "part", "ii", "1974"]],
    ["ＧＯＤＦＡＴＨＥＲ ﬁlm ①", ["godfather", "film", "1"]],
    ["Élan ÉLAN élan e\u0301lan", ["elan", "elan", "elan", "elan"]],
    ["Straße Œuvre Ærø Łódź Þór", ["strasse", "oeuvre", "aero", "lodz", "thor"]],
    ["İstanbul ISPARTA", ["istanbul", "isparta"]],
    ["spider-man wall.e x_y", ["spider", "man", "wall", "e", "x", "y"]],
    ["don't O'Neil rock'n'roll John’s James'", ["dont", "oneil", "rocknroll", "john", "james"]],
    ["3.14 1,000 v2", ["3", "14", "1", "000", "v2"]],
    ["I ❤️ 🍕", ["i", "❤", "🍕"]],
    ["1️⃣ ②", ["1", "2"]],
    ["葛\u{e0100}城", ["葛", "城"]],
    ["Ёлка Єдність", ["елка", "єдність"]],
    ["שָׁלוֹם", ["שלום"]],
    ["مُحَمَّد", ["محمد"]],
    ["हिन्दी", ["हिन्दी"]],
    ["한국어 영화", ["한국어", "영화"]],
    ["東京都に住む", ["東京", "都", "に", "住む"]],
    ["ภาษาไทย", ["ภาษา", "ไทย"]],
  ])("of %j are %j", (text, terms) => {
    expect(analyzeTerms(text)).toEqual(terms);
  });

  it.each([
    ["english", "The runners were running", ["the", "runner", "were", "run"]],
    ["english", "cafés", ["cafe"]],
    ["english", "the dog's bone, the dogs’ bones", ["the", "dog", "bone", "the", "dog", "bone"]],
    ["french", "l'avion d’Élise", ["l", "avion", "d", "elis"]],
    ["italian", "dell'arte", ["dell", "arte"]],
    ["german", "Häuser", ["haus"]],
    ["russian", "книги", ["книг"]],
  ] as const)("in %s, of %j are %j", (language, text, terms) => {
    expect(analyzeTerms(text, language)).toEqual(terms);
  });

  it("are lower-case words, of any text in any language: nothing that a query or an index takes for its own", () => {
    fc.assert(
      fc.property(texts, languages, (text, language) => {
        for (const term of analyzeTerms(text, language)) {
          expect(term).toMatch(/^[\p{L}\p{N}\p{M}\p{Extended_Pictographic}]+$/u);
          expect(term.isWellFormed()).toBe(true);
          expect(term).not.toMatch(/[A-Z]/);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("stand where they came from: in order, apart, and each on whole characters", () => {
    fc.assert(
      fc.property(texts, languages, (text, language) => {
        let position = 0;
        for (const { term, start, end } of analyze(text, language)) {
          expect(start).toBeGreaterThanOrEqual(position);
          expect(end).toBeGreaterThan(start);
          expect(end).toBeLessThanOrEqual(text.length);
          // The word alone is the same term: analysis looks at nothing around it.
          expect(analyzeTerms(text.slice(start, end), language)).toContain(term);
          position = end;
        }
      }),
      { numRuns: 500 },
    );
  });

  it("are those of its parts, where something stands between them that is no word", () => {
    fc.assert(
      fc.property(texts, texts, languages, (left, right, language) => {
        expect(analyzeTerms(`${left} \u0000 ${right}`, language)).toEqual([
          ...analyzeTerms(left, language),
          ...analyzeTerms(right, language),
        ]);
      }),
    );
  });

  it("of ASCII text are the same when a letter beyond it follows", () => {
    const ascii = fc.string({ unit: fc.constantFrom(..."aBz09' -_.,*'s\n"), maxLength: 40 });
    fc.assert(
      fc.property(ascii, languages, (text, language) => {
        expect(analyze(`${text} é`, language).slice(0, -1)).toEqual(analyze(text, language));
      }),
      { numRuns: 500 },
    );
  });

  it("are the same for any case and any composition of Latin text", () => {
    const words = fc.string({ unit: fc.constantFrom(..."abcdeéèüñçåøłæ '-"), maxLength: 40 });
    fc.assert(
      fc.property(words, (text) => {
        const terms = analyzeTerms(text);
        expect(analyzeTerms(text.toUpperCase())).toEqual(terms);
        expect(analyzeTerms(text.normalize("NFD"))).toEqual(terms);
        expect(analyzeTerms(text.normalize("NFC"))).toEqual(terms);
      }),
    );
  });
});

describe("hostile text", () => {
  it("of a million letters is one term of bounded length, which covers it all", () => {
    const [token, ...others] = analyze("a".repeat(1_000_000));

    expect(others).toEqual([]);
    expect(token).toEqual({ term: "a".repeat(64), start: 0, end: 1_000_000 });
  });

  it("of a million joined words is one term of bounded length", () => {
    const [token, ...others] = analyze("a'".repeat(500_000));

    expect(others).toEqual([]);
    expect(token?.term).toHaveLength(64);
  });

  it("is cut between characters, never within one", () => {
    const [term] = analyzeTerms(`a${"𝒳".repeat(100)}`);

    expect(term?.isWellFormed()).toBe(true);
    expect(term).toBe(`a${"x".repeat(31)}`);
  });

  it("with a hundred thousand marks on one letter is that letter", () => {
    expect(analyzeTerms(`e${"\u0301".repeat(100_000)}`)).toEqual(["e"]);
  });

  it("with halves of surrogate pairs has the words around them", () => {
    expect(analyzeTerms("one\ud800two \udc00 three\udfff")).toEqual(["one", "two", "three"]);
  });

  it("with NULs has the words around them", () => {
    expect(analyzeTerms("one\u0000two\u0000")).toEqual(["one", "two"]);
  });

  it("of ten thousand emoji is a term each", () => {
    expect(analyzeTerms("😀".repeat(10_000))).toHaveLength(10_000);
  });
});
