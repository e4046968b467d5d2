/**
 * Random questions about the films, each in two forms: as a search request, and as plain JavaScript over an array.
 * The JavaScript is written from the API's contract, and shares no code with the platform.
 */
import type { Film } from "./films.ts";

export interface Question {
  request: {
    q?: string;
    fields?: string[];
    filter?: string;
    sort?: string[];
    limit: number;
    facets: Record<string, object>;
  };
  matches: (film: Film) => boolean;
}

type Condition = { cesql: string; holds: (film: Film) => boolean };

/** A generator of numbers below 1 that gives the same sequence for the same seed (Mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NUMBERS = ["year", "rating", "votes", "gross", "minutes", "budget", "tomatoes"];
const KEYWORDS = ["genre", "distributor", "mpaa", "source", "creative_type"];
const SORTABLE = [...NUMBERS, ...KEYWORDS, "released", "title", "id"];

const COMPARISONS: Record<string, (a: number | string, b: number | string) => boolean> = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
};

export class Questioner {
  private readonly films: readonly Film[];
  private readonly random: () => number;

  constructor(films: readonly Film[], seed: number) {
    this.films = films;
    this.random = seededRandom(seed);
  }

  next(): Question {
    const filter = this.random() < 0.85 ? this.condition(3) : undefined;
    const director = this.random() < 0.3 ? this.directorWord() : undefined;
    const sort = Array.from({ length: Math.floor(this.random() * 3) }, () => this.sortKey());
    return {
      request: {
        ...(director === undefined ? {} : { q: director, fields: ["director"] }),
        ...(filter === undefined ? {} : { filter: filter.cesql }),
        // Hits of a query are ordered by score else, which is another test's matter.
        ...(sort.length > 0 || director !== undefined ? { sort: sort.length > 0 ? sort : ["id"] } : {}),
        limit: 1 + Math.floor(this.random() * 40),
        facets: { genre: { limit: 100 }, year: { interval: 10 }, rating: { ranges: [0, 5, 7.5] } },
      },
      matches: (film) =>
        (filter === undefined || filter.holds(film)) &&
        (director === undefined || words(film["director"]).includes(director)),
    };
  }

  private pick<T>(values: readonly T[]): T {
    const value = values[Math.floor(this.random() * values.length)];
    if (value === undefined) throw new Error("there is nothing to pick from");
    return value;
  }

  /** A value that some film has in this field, so that questions have answers. */
  private valueOf(field: string): string | number {
    for (;;) {
      const value = this.pick(this.films)[field];
      if (value !== undefined) return value;
    }
  }

  private directorWord(): string {
    return this.pick(words(this.valueOf("director")));
  }

  private sortKey(): string {
    return `${this.random() < 0.5 ? "-" : ""}${this.pick(SORTABLE)}`;
  }

  private condition(depth: number): Condition {
    const kind = depth === 0 ? 0 : Math.floor(this.random() * 4);
    if (kind === 1) return this.both(depth, "AND", (a, b) => a && b);
    if (kind === 2) return this.both(depth, "OR", (a, b) => a || b);
    if (kind === 3) {
      const inner = this.condition(depth - 1);
      return { cesql: `NOT (${inner.cesql})`, holds: (film) => !inner.holds(film) };
    }
    return this.pick([
      () => this.numberCondition(),
      () => this.keywordCondition(),
      () => this.dateCondition(),
      () => this.membership(),
      () => this.prefix(),
      () => this.existence(),
    ])();
  }

  private both(depth: number, operator: string, join: (a: boolean, b: boolean) => boolean): Condition {
    const left = this.condition(depth - 1);
    const right = this.condition(depth - 1);
    return {
      cesql: `(${left.cesql}) ${operator} (${right.cesql})`,
      holds: (film) => join(left.holds(film), right.holds(film)),
    };
  }

  private numberCondition(): Condition {
    return this.comparison(this.pick(NUMBERS), Object.keys(COMPARISONS), String);
  }

  private keywordCondition(): Condition {
    return this.comparison(this.pick(KEYWORDS), ["=", "!="], quote);
  }

  private dateCondition(): Condition {
    return this.comparison("released", Object.keys(COMPARISONS), quote);
  }

  /** A comparison with a field that a film lacks is false, and `!=` is the opposite of `=`. */
  private comparison(field: string, operators: string[], literal: (value: string) => string): Condition {
    const operator = this.pick(operators);
    const value = this.valueOf(field);
    const compare = COMPARISONS[operator] ?? (() => false);
    return {
      cesql: `${field} ${operator} ${literal(String(value))}`,
      holds: (film) => {
        const own = film[field];
        return own === undefined ? operator === "!=" : compare(own, value);
      },
    };
  }

  private membership(): Condition {
    const field = this.pick(KEYWORDS);
    const values = [this.valueOf(field), this.valueOf(field), this.valueOf(field)];
    const negated = this.random() < 0.3;
    return {
      cesql: `${field} ${negated ? "NOT IN" : "IN"} (${values.map((value) => quote(String(value))).join(", ")})`,
      holds: (film) => values.some((value) => film[field] === value) !== negated,
    };
  }

  private prefix(): Condition {
    const field = this.pick(KEYWORDS);
    const prefix = String(this.valueOf(field))
      .slice(0, 2)
      .replaceAll(/[%_\\]/g, "");
    return {
      cesql: `${field} LIKE ${quote(`${prefix}%`)}`,
      holds: (film) => String(film[field] ?? "\0").startsWith(prefix),
    };
  }

  private existence(): Condition {
    const field = this.pick([...KEYWORDS, ...NUMBERS]);
    return { cesql: `EXISTS ${field}`, holds: (film) => film[field] !== undefined };
  }
}

function quote(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}

/** The words of a director's name that are of plain letters; enough analysis to ask for one of them. */
export function words(text: string | number | undefined): string[] {
  return String(text ?? "")
    .split(/[^\p{L}\p{N}']+/u)
    .filter((word) => /^[A-Za-z]+$/.test(word))
    .map((word) => word.toLowerCase());
}

/** The order that the API promises: by the keys, without the field last, then by id. */
export function byKeys(keys: readonly string[]): (a: Film, b: Film) => number {
  return (a, b) => {
    for (const key of [...keys, "id"]) {
      const descending = key.startsWith("-");
      const field = descending ? key.slice(1) : key;
      const [left, right] = [a[field], b[field]];
      if (left === right) continue;
      if (left === undefined) return 1;
      if (right === undefined) return -1;
      return left < right === descending ? 1 : -1;
    }
    return 0;
  };
}
