import { describe, expect, it } from "vitest";
import { jsonText } from "../../../../core/functions/answers.ts";
import { FunctionHost } from "../../../../core/functions/function-host.ts";
import { memoryFunctions } from "./memory-host.ts";

describe("an isolate", () => {
  it("is kept warm: its code is asked for once", async () => {
    const functions = memoryFunctions();
    await functions.add("warm", "let n = 0; export const handle = () => ++n;");
    let asked = 0;
    const counted = {
      ...functions,
      getFunction: async (name: string, version?: string) => {
        asked++;
        return functions.getFunction(name, version);
      },
    };
    for (const n of [1, 2, 3]) {
      // Hosts come and go with requests; isolates stay.
      expect(await new FunctionHost(counted).handle({ name: "warm" }, jsonText(null))).toMatchObject({
        value: n,
      });
    }
    expect(asked).toBe(1);
  });

  it("is asked for again after its code could not be had", async () => {
    const functions = memoryFunctions();
    await functions.add("late", "export const handle = () => 1;");
    let isDown = true;
    const host = new FunctionHost({
      ...functions,
      getFunction: async (name, version) => {
        if (isDown) throw new Error("the catalog is down");
        return functions.getFunction(name, version);
      },
    });
    expect(await host.handle({ name: "late" }, jsonText(null))).toMatchObject({ code: "unavailable" });
    isDown = false;
    expect(await host.handle({ name: "late" }, jsonText(null))).toMatchObject({ value: 1 });
  });

  it("is asked for again after its version was not there", async () => {
    const functions = memoryFunctions();
    const host = new FunctionHost(functions);
    const code = "export const handle = () => 'there';";
    const version = await memoryFunctions().add("missing", code);
    const ref = { name: "missing", version };
    expect(await host.handle(ref, jsonText(null))).toMatchObject({ code: "unknown-version" });
    await functions.add("missing", code);
    expect(await host.handle(ref, jsonText(null))).toMatchObject({ value: "there" });
  });

  it("runs calls at the same time, each on its own account", async () => {
    const functions = memoryFunctions();
    await functions.add(
      "both",
      "export async function handle(ms) { const end = Date.now() + ms; while (Date.now() < end) await new Promise((r) => setTimeout(r, 5)); return ms; }",
    );
    await functions.add(
      "endless",
      "export async function handle() { for (;;) await new Promise((r) => setTimeout(r, 1)); }",
    );
    const host = new FunctionHost(functions);
    const answers = await Promise.all([
      host.handle({ name: "both" }, jsonText(50)),
      host.handle({ name: "both" }, jsonText(20)),
      host.handle({ name: "endless" }, jsonText(null)),
    ]);
    expect(answers).toMatchObject([{ value: 50 }, { value: 20 }, { code: "function-call-timeout" }]);
  });

  it("refuses what waits in vain for a slot", async () => {
    const functions = memoryFunctions();
    await functions.add("held", "export const handle = () => 1;");
    const host = new FunctionHost({ ...functions, slots: 0, slotWaitMs: 1 });
    expect(await host.handle({ name: "held" }, jsonText(null))).toMatchObject({ code: "function-busy" });
  });
});
