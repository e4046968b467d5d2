import { describe, expect, it } from "vitest";
import { SCOPES, type KeyRecord } from "../../../../core/contracts/keys.ts";
import {
  EVERYTHING,
  GRANTABLE,
  grantOf,
  isBeyondLimits,
  maySee,
  refusalOf,
  scopesOf,
  tooMuch,
} from "../../../../root-worker/keys/grant.ts";

const record = (change: Partial<KeyRecord>): KeyRecord => ({
  id: "01J00000000000000000000000",
  name: "test",
  scopes: ["*"],
  createdAt: "2026-01-01T00:00:00.000Z",
  hash: "",
  ...change,
});
const granted = (change: Partial<KeyRecord>) => grantOf(record(change));

describe("a word of scopes", () => {
  it.each([
    ["documents:search", ["documents:search"]],
    ["documents:*", ["documents:search", "documents:read", "documents:write"]],
    ["*", SCOPES],
    ["documents", []],
    ["documents:", []],
    ["doc*", SCOPES.filter((scope) => scope.startsWith("doc"))],
  ])("%s stands for %j", (word, scopes) => {
    expect(scopesOf(word)).toEqual(scopes);
  });

  it("that may be granted is a scope, all of a kind, or all", () => {
    expect(GRANTABLE).toEqual(expect.arrayContaining(["*", "documents:*", "keys:*", ...SCOPES]));
    expect(GRANTABLE).not.toContain("doc*");
    expect(GRANTABLE.every((word) => scopesOf(word).length > 0)).toBe(true);
  });

  it.each([
    "pipelines:write",
    "operation:*",
    "keys:read",
    "functions:write",
    "dead-letters:read",
    "identity:*",
  ])("%s is beyond a key with limits", (word) => {
    expect(isBeyondLimits(word)).toBe(true);
  });

  it.each(["*", "documents:*", "topics:publish", "functions:*", "functions:run"])(
    "%s is not: some of it can be limited",
    (word) => {
      expect(isBeyondLimits(word)).toBe(false);
    },
  );
});

describe("a request", () => {
  it("needs all of its scopes", () => {
    const scopes = ["functions:run", "documents:read"] as const;
    expect(refusalOf(granted({ scopes: ["functions:run"] }), { scopes })).toContain("documents:read");
    expect(refusalOf(granted({ scopes: ["functions:*", "documents:read"] }), { scopes })).toBeUndefined();
    expect(refusalOf(EVERYTHING, { scopes })).toBeUndefined();
  });

  const limited = granted({ collections: ["films", "logs-*"], topics: ["orders"] });

  it.each([
    [{ collection: "films" }, true],
    [{ collection: "logs-2026" }, true],
    [{ collection: "logs-" }, true],
    [{ collection: "films2" }, false],
    [{ collection: "log" }, false],
    [{ topic: "orders" }, true],
    [{ topic: "orders2" }, false],
    [{ topic: "films" }, false],
    [{}, false],
    [{ narrows: true }, true],
  ])("of %j is within the key's limits: %s", (of, within) => {
    expect(refusalOf(limited, { scopes: [], ...of }) === undefined).toBe(within);
  });

  it("is limited only in what the key has limits for; and closed where it is of neither", () => {
    const films = granted({ collections: ["films"] });
    expect(refusalOf(films, { scopes: [], topic: "orders" })).toBeUndefined();
    expect(refusalOf(films, { scopes: ["operation:read"] })).toContain("of none");
  });

  it("that lists collections shows those of the key", () => {
    expect(["films", "logs-1", "books"].filter((name) => maySee(limited, name))).toEqual(["films", "logs-1"]);
    expect(maySee(EVERYTHING, "books")).toBe(true);
  });
});

describe("a key that grants", () => {
  const granting = granted({ scopes: ["keys:write", "documents:*"], expiresAt: "2030-01-01T00:00:00.000Z" });

  it.each([
    [{ scopes: ["documents:search"], expiresAt: "2029-12-31T00:00:00.000Z" }, undefined],
    [{ scopes: ["documents:*"], expiresAt: "2030-01-01T00:00:00.000Z" }, undefined],
    [{ scopes: ["*"], expiresAt: "2029-12-31T00:00:00.000Z" }, "scopes"],
    [{ scopes: ["documents:read", "topics:read"], expiresAt: "2029-12-31T00:00:00.000Z" }, "scopes"],
    [{ scopes: ["documents:search"] }, "expiresAt"],
    [{ scopes: ["documents:search"], expiresAt: "2030-01-01T00:00:00.001Z" }, "expiresAt"],
  ])("grants %j beyond itself in %s", (wanted, path) => {
    expect(tooMuch(granting, wanted)?.path).toBe(path);
  });

  it("grants anything when it is the first", () => {
    expect(tooMuch(EVERYTHING, { scopes: ["*"] })).toBeUndefined();
  });
});
