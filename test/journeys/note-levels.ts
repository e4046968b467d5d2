/** The `level` that pipelines have given to the documents of the collection `notes`, to tell by which of their versions. */
import { setTimeout as sleep } from "node:timers/promises";
import type { HttpClient } from "../support/http-client.ts";

const ATTEMPTS_MAX = 500;
const POLL_INTERVAL_MS = 100;

export class NoteLevels {
  private readonly platform: HttpClient;

  constructor(platform: HttpClient) {
    this.platform = platform;
  }

  /** Waits until an event has become a document of that level. */
  async made(level: string): Promise<void> {
    await this.until((levels) => ([...levels.values()].includes(level) ? true : undefined));
  }

  /** The level of each document, once all are there. */
  async of(ids: readonly string[]): Promise<string[]> {
    return this.until((levels) => {
      const found = ids.flatMap((id) => levels.get(id) ?? []);
      return found.length === ids.length ? found : undefined;
    });
  }

  private async until<T>(wanted: (levels: Map<string, string>) => T | undefined): Promise<T> {
    for (let attempt = 0; attempt < ATTEMPTS_MAX; attempt++) {
      const found = wanted(await this.all());
      if (found !== undefined) return found;
      await sleep(POLL_INTERVAL_MS);
    }
    throw new Error("not all events have become documents within 50 s");
  }

  private async all(): Promise<Map<string, string>> {
    const response = await this.platform.fetch("/v1/collections/notes/export");
    const lines = (await response.text()).split("\n").filter((line) => line !== "");
    return new Map(
      lines.map((line) => {
        const { id, level } = JSON.parse(line) as { id: string; level: string };
        return [id, level];
      }),
    );
  }
}
