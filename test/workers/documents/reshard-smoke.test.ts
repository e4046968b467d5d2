import { expect, it } from "vitest";
import { refOf } from "../../../core/collection.ts";
import { writeOperations } from "../../../core/document/write-operations.ts";
import { branch, declare, env, put, spec } from "./one-leaf.ts";

it("moves", async () => {
  const c = await declare({ ...spec, shards: 4 });
  const services = { branches: branch, refresh: () => env.CATALOG.getCollection("films") };
  await writeOperations(services, c, Array.from({ length: 2000 }, (_, n) => put(`d${n}`, { title: `word${n % 7} and more`, year: n })));
  const begun = await env.CATALOG.changeReshard("films", { kind: "begin", shards: 7 });
  expect(begun).toMatchObject({ ok: true });
  const stub = env.RESHARD.getByName(c.id);
  await stub.wake(c.id);
  for (let n = 0; n < 100; n++) {
    await scheduler.wait(50);
    const state = await env.CATALOG.getReshard("films");
    console.log(JSON.stringify(state?.reshard), state?.collection.epoch);
    if (state?.reshard.step === "done") break;
  }
  const now = await env.CATALOG.getCollection("films");
  const stats = await branch.stats(refOf(now!), [0, 1, 2, 3, 4, 5], 5000);
  console.log(JSON.stringify(stats));
  console.log(await env.CATALOG.listPurges());
});
