import { describe, expect, it } from "vitest";
import { startProcess } from "../support/platform-process.ts";

const jaws = { id: "jaws", title: "Jaws" };

describe("the start script", () => {
  it("finds what was written before everything was killed", async () => {
    const first = await startProcess();
    await first.json("PUT", "/v1/collections/films", { fields: { title: { type: "text" } } });
    const written = await first.json("PUT", "/v1/collections/films/documents/jaws", jaws);
    expect(written.status).toBe(201);

    await first.kill();
    const second = await startProcess({ state: first.state });

    const read = await second.json("GET", "/v1/collections/films/documents/jaws");
    expect(read).toMatchObject({ status: 200, body: jaws });
  });

  it("ends in order on Ctrl-C, with everything that it started", async () => {
    const platform = await startProcess();

    const exit = await platform.interrupt();

    expect(exit).toEqual({ code: 0, signal: null });
    await expect(platform.fetch("/v1/health")).rejects.toThrow("fetch failed");
  });
});
