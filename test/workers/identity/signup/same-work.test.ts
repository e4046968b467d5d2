import { createExecutionContext, runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { release } from "../../../../core/release.ts";
import type { IdentityEnv } from "../../../../decorators/identity/identity-env.ts";
import { SignupService } from "../../../../decorators/identity/signup/service.ts";
import { partOf } from "../../../../decorators/identity/signup/ids.ts";
import { TEST_IDENTITY_KEYS } from "../../../support/identity-keys.ts";
import { workerUnderTest } from "../../under-test.ts";

const { env, exports } = workerUnderTest<
  IdentityBindings,
  typeof import("../../../../decorators/identity/index.ts")
>();

const whence = { client: { isPerson: true, address: "192.0.2.1" }, origin: { ip: "192.0.2.1" } };
const request = (email: string) => ({ email, profile: { name: "N" }, page: "https://example.com/v" });

/** The Worker's environment, with the names noted that are asked for. */
function noting(asked: string[]): IdentityEnv {
  const all = { ...env, UMBEL_IDENTITY_KEYS: TEST_IDENTITY_KEYS };
  return new Proxy<IdentityEnv>(all, {
    get(target, name) {
      asked.push(String(name));
      return Reflect.get(target, name) as unknown;
    },
  });
}

/** What a sign-up leaves: the event and the audit, with what differs from one to the next taken out. */
async function leftBy(signup: string, email: string): Promise<string> {
  const rows = await runInDurableObject(env.SIGNUPS.getByName(partOf(signup) ?? ""), (_, { storage }) =>
    storage.sql.exec("SELECT address, person, issued FROM signups WHERE signup = ?", signup).toArray(),
  );
  return JSON.stringify(rows)
    .replaceAll(email, "<email>")
    .replaceAll(/u_[\w-]{22}/g, "<user>");
}

describe("signing up, with an address that has an account and with one that has none,", () => {
  it("asks the same parts of the platform, none of which knows who has one, and leaves the same", async () => {
    const works: { asked: string[]; left: string }[] = [];
    for (const email of ["known@example.com", "other@example.com"]) {
      if (email.startsWith("known")) {
        // An account is made, as by this: the sign-up is verified.
        const first = await exports.SignupService.signUp(request(email), whence);
        if (!first.ok) throw new Error(first.message);
        const links = await exports.SignupLinks.tokensOf([first.signup]);
        const token = links.ok ? links.tokens[0] : undefined;
        expect(await exports.SignupService.verifySignup(token ?? "", whence)).toMatchObject({ ok: true });
        release(first);
      }
      const asked: string[] = [];
      const service = new SignupService(createExecutionContext(), noting(asked));
      const answer = await service.signUp(request(email), whence);
      if (!answer.ok) throw new Error(answer.message);
      works.push({ asked, left: await leftBy(answer.signup, email) });
    }

    const [known, unknown] = works;
    expect(known).toEqual(unknown);
    expect(known?.asked).toEqual(["UMBEL_IDENTITY_KEYS", "LIMIT", "LIMIT", "SIGNUPS"]);
    expect(known?.left).toContain("<user>");
  });
});
