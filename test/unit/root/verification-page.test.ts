import { runInNewContext } from "node:vm";
import { describe, expect, it, vi } from "vitest";
import { verificationPage } from "../../../root-worker/verification-page.ts";

/** The page in a browser that opens it at a fragment, and whose requests are answered so. */
async function open(hash: string, answer: () => Promise<{ ok: boolean; status: number }>) {
  const html = await verificationPage().text();
  const script = /<script nonce="[^"]+">([^]*)<\/script>/.exec(html)?.[1] ?? "";
  const listeners: (() => Promise<void>)[] = [];
  const button = {
    hidden: false,
    disabled: false,
    addEventListener: (_: string, listener: () => Promise<void>) => listeners.push(listener),
  };
  const said = { textContent: "" };
  const fetched =
    vi.fn<(path: string, init: { method: string; body: string }) => ReturnType<typeof answer>>(answer);
  const replaced = vi.fn<(...args: unknown[]) => void>();
  runInNewContext(script, {
    document: { querySelector: (selector: string) => (selector === "button" ? button : said) },
    location: { hash, pathname: "/v1/signups/verify" },
    history: { replaceState: replaced },
    fetch: fetched,
  });
  const press = async (): Promise<void> => {
    for (const listener of listeners) await listener();
  };
  return { button, said, fetched, replaced, press };
}

describe("the page of a link", () => {
  it("sends the token when its button is pressed, and not before", async () => {
    const { button, said, fetched, replaced, press } = await open("#su_0a.b-c", async () => ({
      ok: true,
      status: 200,
    }));
    expect(fetched).not.toHaveBeenCalled();

    await press();

    expect(fetched.mock.calls).toMatchObject([
      ["/v1/signups/verify", { method: "POST", body: '{"token":"su_0a.b-c"}' }],
    ]);
    expect(said.textContent).toContain("verified");
    expect(button.hidden).toBe(true);
    // The token is not left in the history.
    expect(replaced).toHaveBeenCalledWith(null, "", "/v1/signups/verify");
  });

  it("says when the link is over, and when it is not whole", async () => {
    const over = await open("#su_0a.b-c", async () => ({ ok: false, status: 410 }));
    await over.press();

    expect(over.said.textContent).toContain("24 hours");
    expect((await open("", async () => ({ ok: true, status: 200 }))).said.textContent).toContain("not whole");
  });

  it("can be pressed again where it did not work", async () => {
    const broken = await open("#su_0a.b-c", () => Promise.reject(new Error("offline")));
    await broken.press();

    expect(broken.said.textContent).toContain("try again");
    expect([broken.button.hidden, broken.button.disabled]).toEqual([false, false]);
  });
});
