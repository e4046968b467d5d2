import { describe, expect, it, vi } from "vitest";
import { LINK_TOKENS_MAX, type SignupLinksApi } from "../../../core/contracts/signups.ts";
import { failure } from "../../../core/errors.ts";
import { Later } from "../../../decorators/contract.ts";
import { LinkTokens } from "../../../decorators/pipelines/link-tokens.ts";

const ids = (count: number): string[] => Array.from({ length: count }, (_, n) => `su_${n}`);

/** Those with an even number are over. */
const answering = () =>
  vi.fn<SignupLinksApi["tokensOf"]>(async (signups) => ({
    ok: true,
    tokens: signups.map((signup, n) => (n % 2 === 0 ? null : `${signup}.token`)),
  }));

describe("the tokens that the events of a batch ask for", () => {
  it("are asked for in one call, each once", async () => {
    const tokensOf = answering();
    const links = new LinkTokens({ tokensOf });

    const tokens = await Promise.all([...ids(4), ...ids(4)].map((signup) => links.tokenOf(signup)));

    expect(tokensOf.mock.calls).toEqual([[ids(4)]]);
    const each = [undefined, "su_1.token", undefined, "su_3.token"];
    expect(tokens).toEqual([...each, ...each]);
  });

  it("are asked for in several, where one has no room for all", async () => {
    const tokensOf = answering();
    const links = new LinkTokens({ tokensOf });

    await Promise.all(ids(LINK_TOKENS_MAX + 1).map((signup) => links.tokenOf(signup)));

    expect(tokensOf.mock.calls.map(([signups]) => signups.length)).toEqual([LINK_TOKENS_MAX, 1]);
  });

  it("are asked for anew by the next batch, as a sign-up may be over by then", async () => {
    const tokensOf = answering();
    const links = new LinkTokens({ tokensOf });

    await links.tokenOf("su_1");
    await links.tokenOf("su_1");

    expect(tokensOf).toHaveBeenCalledTimes(2);
  });

  it("are waited for where identity is away, and not where it is not configured", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const away = new LinkTokens({ tokensOf: () => Promise.reject(new Error("away")) });
    const late = new LinkTokens({ tokensOf: async () => failure("unavailable", "late") });
    const bare = new LinkTokens({ tokensOf: async () => failure("not-configured", "no keys") });

    await expect(away.tokenOf("su_1")).rejects.toBeInstanceOf(Later);
    await expect(late.tokenOf("su_1")).rejects.toBeInstanceOf(Later);
    await expect(bare.tokenOf("su_1")).rejects.not.toBeInstanceOf(Later);
  });
});
