import { describe, expect, it } from "vitest";
import { publicUrl } from "../../../root-worker/public-url.ts";

describe("the address of a deployment", () => {
  it.each([
    [undefined, "https://umbel.example.com/v1/signups", "https://umbel.example.com"],
    ["", "http://localhost:8787/v1/signups?x=1", "http://localhost:8787"],
    ["https://example.com", "http://internal/v1/signups", "https://example.com"],
    ["https://example.com/api/", "http://internal/v1/signups", "https://example.com/api"],
  ])("is, where %j is set and a request comes to %j, %j", (setting, request, address) => {
    expect(publicUrl(setting, request)).toBe(address);
  });

  it.each(["example.com", "ftp://example.com", "https://example.com?x", "https://example.com#x", "nothing"])(
    "is not told by %j",
    (setting) => {
      expect(() => publicUrl(setting, "https://example.com")).toThrow("UMBEL_PUBLIC_URL");
    },
  );
});
