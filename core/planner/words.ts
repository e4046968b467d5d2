/** Figures in sentences. */

/** A share as a percentage with the digits that matter, also next to 0 and to 100. */
export function percent(share: number): string {
  const distance = Math.min(share, 1 - share) * 100;
  if (distance <= 0) return `${Math.round(share * 100)} %`;
  const digits = Math.max(1, Math.min(12, 1 - Math.floor(Math.log10(distance))));
  return `${(100 * share).toFixed(digits > 1 && share <= 0.5 ? digits : Math.min(digits, 6))} %`;
}

export function clockTime(ms: number): string {
  if (ms >= 10_000) return `${(ms / 1_000).toFixed(0)} s`;
  if (ms >= 1_000) return `${(ms / 1_000).toFixed(1)} s`;
  return `${ms >= 100 ? ms.toFixed(0) : ms.toPrecision(2)} ms`;
}

export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
