import { describe, expect, it } from "vitest";
import { webhookUrlProblem } from "../../../core/webhook-url.ts";

describe("a webhook's address", () => {
  it.each([
    "https://example.com/hooks?a=1",
    "https://hooks.example.co.uk:8443/x",
    "https://EXAMPLE.com.",
    "https://93.184.216.34/x",
    "https://[2606:2800:220:1::1]/",
    "https://münchen.example/",
  ])("may be public: %s", (url) => {
    expect(webhookUrlProblem(url, false)).toBeUndefined();
  });

  it.each([
    "http://example.com/",
    "ftp://example.com/",
    "javascript:alert(1)",
    "//example.com/",
    "https:example.com",
    "https:///example.com",
    "example.com",
    "",
    "https://user:secret@example.com/",
    "https://@example.com/",
    "https://example.com/#x",
    "https://exa\tmple.com/",
    "https://example.com\\@127.0.0.1/",
    " https://example.com",
    `https://example.com/${"x".repeat(2_048)}`,
  ])("can't be of another form: %j", (url) => {
    expect(webhookUrlProblem(url, false)).toMatch(/^must /);
  });

  it.each([
    "https://localhost/",
    "https://LOCALHOST:8443/",
    "https://localhost./",
    "https://api.localhost/",
    "https://printer.local/",
    "https://metadata.google.internal/",
    "https://intranet/",
    "https://router.home.arpa/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://2130706433/",
    "https://0x7f000001/",
    "https://0177.0.0.1/",
    "https://0/",
    "https://10.1.2.3/",
    "https://172.16.0.1/",
    "https://172.31.255.255/",
    "https://192.168.1.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/",
    "https://198.18.0.1/",
    "https://192.0.2.1/",
    "https://203.0.113.9/",
    "https://224.0.0.1/",
    "https://255.255.255.255/",
    "https://１２７.0.0.1/",
    "https://[::1]/",
    "https://[::]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::ffff:7f00:1]/",
    "https://[fd00::1]/",
    "https://[fe80::1]/",
    "https://[ff02::1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378::1]/",
    "https://[2001:db8::1]/",
    "https://[fd00:ec2::254]/",
  ])("is none inside of a network: %s", (url) => {
    expect(webhookUrlProblem(url, false)).toContain("public address");
  });

  it("may be private and plain where development allows it, but of no odd form", () => {
    expect(webhookUrlProblem("http://127.0.0.1:9000/hook", true)).toBeUndefined();
    expect(webhookUrlProblem("http://localhost:9000/hook", true)).toBeUndefined();
    expect(webhookUrlProblem("http://user@127.0.0.1/", true)).toContain("user name");
    expect(webhookUrlProblem("file:///etc/passwd", true)).toContain("https");
  });
});
