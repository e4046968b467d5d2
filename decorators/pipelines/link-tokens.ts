/** Asks for the tokens of sign-ups' links: what the events of a batch ask for in one turn goes out together, as one call. */
import { LINK_TOKENS_MAX, type SignupLinksApi } from "../../core/contracts/signups.ts";
import { errorKind } from "../../core/errors.ts";
import { Later } from "../contract.ts";

type Tokens = ReadonlyMap<string, string>;

export class LinkTokens {
  private readonly links: SignupLinksApi;
  private gathering: { signups: Set<string>; tokens: Promise<Tokens> } | undefined;

  constructor(links: SignupLinksApi) {
    this.links = links;
  }

  /** `SignupLinks.tokenOf`. */
  async tokenOf(signup: string): Promise<string | undefined> {
    if (this.gathering === undefined) {
      const signups = new Set<string>();
      this.gathering = { signups, tokens: this.askSoon(signups) };
    }
    this.gathering.signups.add(signup);
    return (await this.gathering.tokens).get(signup);
  }

  private async askSoon(signups: ReadonlySet<string>): Promise<Tokens> {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, 0);
    });
    this.gathering = undefined;
    const wanted = [...signups];
    const tokens = new Map<string, string>();
    for (let first = 0; first < wanted.length; first += LINK_TOKENS_MAX) {
      const some = wanted.slice(first, first + LINK_TOKENS_MAX);
      for (const [at, token] of (await this.ask(some)).entries()) {
        const signup = some[at];
        if (token !== null && signup !== undefined) tokens.set(signup, token);
      }
    }
    return tokens;
  }

  private async ask(signups: string[]): Promise<(string | null)[]> {
    let answer: Awaited<ReturnType<SignupLinksApi["tokensOf"]>>;
    try {
      answer = await this.links.tokensOf(signups);
    } catch (error) {
      console.error(JSON.stringify({ event: "link-tokens-failed", error: String(error) }));
      throw new Later("The links of sign-ups could not be had.");
    }
    if (answer.ok) return answer.tokens;
    throw errorKind(answer.code).retryable ? new Later(answer.message) : new Error(answer.message);
  }
}
