/** Whether an IBAN's check digits are right (ISO 13616: the number, with its first four characters moved to its end, is 1 modulo 97). */
import type { Handle } from "umbel";

interface Answer {
  valid: boolean;
  country?: string;
  reason?: string;
}

export const handle: Handle<{ iban: string }, Answer> = ({ iban }) => {
  if (typeof iban !== "string") throw new TypeError("input.iban is a text");
  const compact = iban.replaceAll(/\s/g, "").toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return { valid: false, reason: "this is no IBAN" };
  const country = compact.slice(0, 2);
  // A letter counts as two digits, from 10 for A on. Digit by digit, so that no number grows too large.
  let rest = 0;
  for (const character of compact.slice(4) + compact.slice(0, 4)) {
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1
    ? { valid: true, country }
    : { valid: false, country, reason: "the check digits are wrong" };
};
