/** The example films, as they are loaded and as a plain array to ask the same questions of. */
import { readFileSync } from "node:fs";
import { expect } from "vitest";
import type { Platform } from "../support/platform.ts";

export type Film = { id: string } & Record<string, string | number>;

const FOLDER = new URL("../../examples/films/", import.meta.url);

export const FILMS: Film[] = readFileSync(new URL("films.ndjson", FOLDER), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as Film); // the file is ours

/** Declares a collection as `npm start` declares `films`, and writes all films into it. Answers the bookmark of that. */
export async function loadFilms(platform: Platform, name = "films", layout = "documents"): Promise<string> {
  const declaration = JSON.parse(readFileSync(new URL("collection.json", FOLDER), "utf8")) as object; // ours, too
  const declared = await platform.json("PUT", `/v1/collections/${name}`, { ...declaration, layout });
  expect(declared.status, JSON.stringify(declared.body)).toBe(201);
  const loaded = await platform.fetch(`/v1/collections/${name}/documents`, {
    method: "POST",
    headers: { "content-type": "application/x-ndjson" },
    body: readFileSync(new URL("films.ndjson", FOLDER), "utf8"),
  });
  const answer = (await loaded.json()) as { bookmark: string };
  expect(answer).toMatchObject({ written: FILMS.length, failed: 0 });
  return answer.bookmark;
}
