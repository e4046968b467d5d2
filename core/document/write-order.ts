/**
 * Where the write of an event stands among others of the same document: a text, of which the greater is the newer. A
 * document takes no write of an event that is not newer than the last one it took, so that a repeated delivery
 * changes nothing, and one that was held up overwrites nothing that came after it.
 */
export interface EventPlace {
  /** When it was accepted, in epoch milliseconds; or what the pipeline takes for that, such as the event's own time. */
  at: number;
  /** Its place in its topic's journal. */
  sequence: number;
  index: number;
  /** Which replay this is: 0 is none, and a later one is greater. It is newer than what it repeats, and than nothing else. */
  replay: number;
  /** Which of the events that it became. */
  part: number;
  pipeline: string;
}

/** Digits in base 36, which sort as numbers do. 2^53 has 11 of them. */
const NUMBER_DIGITS = 11;

export function writeOrder({ at, sequence, index, replay, part, pipeline }: EventPlace): string {
  return [...[Math.max(0, Math.trunc(at)), sequence, index, replay, part].map(digits), pipeline].join(".");
}

/** The time that an order begins with, in epoch milliseconds. */
export function acceptedAtOf(order: string): number {
  return Number.parseInt(order.slice(0, NUMBER_DIGITS), 36);
}

function digits(number: number): string {
  return number.toString(36).padStart(NUMBER_DIGITS, "0");
}
