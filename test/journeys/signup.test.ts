import { beforeAll, describe, expect, it } from "vitest";
import { loadPipelines } from "../../examples/load.mjs";
import { startPlatform, type Platform } from "../support/platform.ts";

let platform: Platform;

beforeAll(async () => {
  platform = await startPlatform({ queueBatchTimeoutS: 0.02 });
  await loadPipelines({ address: platform.url, key: platform.key }, "signup");
});

describe("x", () => {
  it("y", async () => {
    const a = await platform.json("POST", "/v1/signups", { email: "Ada@EXAMPLE.com", name: "Ada", newsletter: true }, { authorization: "" });
    console.log(a.status, a.body, [...a.headers]);
    for (let n = 0; n < 20; n++) {
      await new Promise((r) => setTimeout(r, 200));
      const m = await platform.json<{ hits: object[] }>("POST", "/v1/collections/_mailbox/search", {});
      if (m.status === 200 && m.body.hits.length > 0) {
        console.log(JSON.stringify(m.body.hits));
        break;
      }
    }
    console.log(JSON.stringify((await platform.json("GET", "/v1/topics/identity.signup")).body));
    console.log(JSON.stringify((await platform.json("GET", "/v1/dead-letters")).body));
    console.log(JSON.stringify((await platform.json("POST", "/v1/collections/_events/search", {})).body));
    expect(1).toBe(1);
  });
});
