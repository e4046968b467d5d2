/**
 * Makes films.ndjson from the `movies.json` of vega-datasets 3.2.1 (BSD-3-Clause; 3,201 films):
 *
 *   npm pack vega-datasets@3.2.1 && tar xzf vega-datasets-3.2.1.tgz
 *   node examples/films/convert.mjs package/data/movies.json
 */
import { readFileSync, writeFileSync } from "node:fs";

/** The films are from 1915 to 2010; the source writes 1946 as 2046. */
const LAST_YEAR = 2011;

/** @param {string | null} text such as "Jun 12 1998" */
function isoDate(text) {
  const time = Date.parse(`${text} UTC`);
  if (text === null || Number.isNaN(time)) return undefined;
  const date = new Date(time);
  if (date.getUTCFullYear() > LAST_YEAR) date.setUTCFullYear(date.getUTCFullYear() - 100);
  return date.toISOString().slice(0, 10);
}

/** @param {string} text */
function slug(text) {
  return text
    .normalize("NFD")
    .toLowerCase()
    .replaceAll(/['’\u0300-\u036f]/g, "")
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
}

/** @type {Map<string, number>} */
const taken = new Map();

/**
 * An id that says which film it is, with a number behind it where two films have the same.
 * @param {string | undefined} title
 * @param {number | undefined} year
 */
function idOf(title, year) {
  const base = [slug(title ?? "") || "untitled", year].filter((part) => part !== undefined).join("-");
  const count = (taken.get(base) ?? 0) + 1;
  taken.set(base, count);
  return count === 1 ? base : `${base}-${count}`;
}

/** @param {Record<string, string | number | null>} source */
function film(source) {
  const title = source["Title"] === null ? undefined : String(source["Title"]);
  const released = isoDate(/** @type {string | null} */ (source["Release Date"]));
  const year = released === undefined ? undefined : Number(released.slice(0, 4));
  const fields = {
    title,
    released,
    year,
    genre: source["Major Genre"],
    director: source["Director"],
    distributor: source["Distributor"],
    source: source["Source"],
    creative_type: source["Creative Type"],
    mpaa: source["MPAA Rating"],
    minutes: source["Running Time min"],
    rating: source["IMDB Rating"],
    votes: source["IMDB Votes"],
    tomatoes: source["Rotten Tomatoes Rating"],
    budget: source["Production Budget"],
    gross: source["Worldwide Gross"],
    us_gross: source["US Gross"],
  };
  const known = Object.entries(fields).filter(([, value]) => value !== null && value !== undefined);
  return { id: idOf(title, year), ...Object.fromEntries(known) };
}

const [, , path = ""] = process.argv;
const films = JSON.parse(readFileSync(path, "utf8")).map(film);
const lines = films.map((/** @type {object} */ document) => `${JSON.stringify(document)}\n`);
writeFileSync(new URL("films.ndjson", import.meta.url), lines.join(""));
