/** What journeys with functions do again and again: upload one, declare a pipeline with it, publish, and wait. */
import { expect, vi } from "vitest";
import type { Platform } from "../support/platform.ts";

export function functionsOf(platform: () => Platform) {
  /** Uploads a function: its version. */
  async function upload(name: string, code: string): Promise<string> {
    const { status, body } = await platform().json<{ version: string }>("PUT", `/v1/functions/${name}`, {
      modules: { "index.js": code },
    });
    expect([200, 201], JSON.stringify(body)).toContain(status);
    return body.version;
  }

  /** Declares a collection and a pipeline into it. */
  async function declare(name: string, pipeline: object, fields: object = {}): Promise<void> {
    const made = await platform().json("PUT", `/v1/collections/${name}`, { shards: 2, fields });
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    const body = { topic: name, deliver: [{ collection: name }], ...pipeline };
    const declared = await platform().json("PUT", `/v1/pipelines/${name}`, body);
    expect(declared.status, JSON.stringify(declared.body)).toBe(201);
  }

  /** Publishes an event for each, under the id that it has. */
  async function publish(topic: string, data: readonly { id: string }[]): Promise<void> {
    const events = data.map((each) => ({
      specversion: "1.0",
      id: each.id,
      source: "/journey",
      type: topic,
      data: each,
    }));
    for (let first = 0; first < events.length; first += 250) {
      const { status } = await platform().json(
        "POST",
        `/v1/topics/${topic}/events`,
        events.slice(first, first + 250),
        { "content-type": "application/cloudevents-batch+json" },
      );
      expect(status).toBe(202);
    }
  }

  /** The topic's ledger, once nothing is in flight. */
  async function settled(topic: string): Promise<Record<string, number>> {
    return vi.waitFor(
      async () => {
        const { body } = await platform().json<{ events: Record<string, number> }>(
          "GET",
          `/v1/topics/${topic}`,
        );
        expect(body.events["inFlight"]).toBe(0);
        return body.events;
      },
      { timeout: 50_000, interval: 50 },
    );
  }

  return { upload, declare, publish, settled };
}

export async function documentsOf<Document>(platform: Platform, collection: string): Promise<Document[]> {
  const response = await platform.fetch(`/v1/collections/${collection}/export`);
  const lines = (await response.text()).split("\n").filter((line) => line !== "");
  return lines.map((line) => JSON.parse(line) as Document); // what the caller has put there
}

export const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, n) => ({ id: `e-${from + n}` }));

/** A function that marks what it is given. */
export const marking = (mark: string) =>
  `export const decorate = (e) => ({ ...e, data: { ...e.data, mark: "${mark}" } });`;
