import { describe, expect, it } from "vitest";
import { isWebhookSecret, newWebhookSecret } from "../../../core/webhook-secret.ts";
import { withoutSecrets, withSecrets } from "../../../root-worker/webhook-secrets.ts";

const to = (url: string, secret?: string) => ({ webhook: secret === undefined ? { url } : { url, secret } });

describe("a webhook's secret", () => {
  it("is made where none is given, another each time", () => {
    const { deliver, made } = withSecrets(
      [{ collection: "c" }, to("https://a"), to("https://b", "mine")],
      [],
    );
    const secrets = deliver.flatMap((sink) => ("webhook" in sink ? [sink.webhook.secret ?? ""] : []));

    expect(isWebhookSecret(secrets[0] ?? "")).toBe(true);
    expect(secrets[1]).toBe("mine");
    expect([...made]).toEqual([1]);
    expect(newWebhookSecret()).not.toBe(newWebhookSecret());
  });

  it("is the one that its URL has had", () => {
    const before = [to("https://a", "whsec_a"), to("https://b", "whsec_b")];

    expect(withSecrets([to("https://b")], before)).toEqual({
      deliver: [to("https://b", "whsec_b")],
      made: new Set(),
    });
  });

  it("is shown only when it has just been made", () => {
    const deliver = [to("https://a", "whsec_a"), to("https://b", "whsec_b"), { topic: "t" }];

    expect(withoutSecrets(deliver)).toEqual([to("https://a"), to("https://b"), { topic: "t" }]);
    expect(withoutSecrets(deliver, new Set([1]))).toEqual([to("https://a"), deliver[1], { topic: "t" }]);
  });

  it.each([
    "",
    "whsec_",
    "whsec_short",
    "secret",
    `whsec_${btoa("x".repeat(65))}`,
    "whsec_not base64 at all, this is",
  ])("is no other text: %j", (text) => {
    expect(isWebhookSecret(text)).toBe(false);
  });
});
