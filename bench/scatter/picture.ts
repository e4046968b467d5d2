/** The scatter's picture: milliseconds by leaves, a line for the search and one for the empty calls. Pure. */

export interface Line {
  name: string;
  colour: string;
  /** Milliseconds, for each number of leaves. */
  points: { leaves: number; ms: number }[];
}

const WIDTH = 720;
const HEIGHT = 400;
const EDGE = { left: 60, right: 150, top: 40, bottom: 50 };

/** An SVG with leaves to the right and milliseconds upwards, both from 0: what grows evenly is a straight line. */
export function picture(title: string, lines: readonly Line[]): string {
  const points = lines.flatMap((line) => line.points);
  const leavesMax = Math.max(...points.map(({ leaves }) => leaves));
  const step = stepFor(Math.max(...points.map(({ ms }) => ms)));
  const msMax = step * Math.ceil(Math.max(...points.map(({ ms }) => ms)) / step);
  const x = (leaves: number): number =>
    round(EDGE.left + (leaves / leavesMax) * (WIDTH - EDGE.left - EDGE.right));
  const y = (ms: number): number =>
    round(HEIGHT - EDGE.bottom - (ms / msMax) * (HEIGHT - EDGE.top - EDGE.bottom));
  const ticks = Array.from({ length: Math.round(msMax / step) + 1 }, (_, index) => index * step);
  const leaves = [...new Set(points.map((point) => point.leaves))];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="13">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${EDGE.left}" y="22" font-size="15">${title}</text>`,
    ...ticks.map(
      (ms) =>
        `<path d="M${EDGE.left} ${y(ms)}H${WIDTH - EDGE.right}" stroke="#ddd"/><text x="${EDGE.left - 8}" y="${y(ms) + 4}" text-anchor="end">${ms} ms</text>`,
    ),
    ...leaves.map(
      (count) =>
        `<text x="${x(count)}" y="${HEIGHT - EDGE.bottom + 20}" text-anchor="middle">${count}</text>`,
    ),
    `<text x="${(EDGE.left + WIDTH - EDGE.right) / 2}" y="${HEIGHT - 10}" text-anchor="middle">leaves</text>`,
    ...lines.map(({ name, colour, points: own }) => {
      const path = own
        .map((point, index) => `${index === 0 ? "M" : "L"}${x(point.leaves)} ${y(point.ms)}`)
        .join("");
      const dots = own.map(
        (point) => `<circle cx="${x(point.leaves)}" cy="${y(point.ms)}" r="4" fill="${colour}"/>`,
      );
      const last = own.at(-1);
      const label =
        last === undefined
          ? ""
          : `<text x="${x(last.leaves) + 10}" y="${y(last.ms) + 4}" fill="${colour}">${name}</text>`;
      return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}${label}`;
    }),
    "</svg>",
    "",
  ].join("\n");
}

/** 1, 2 or 5 times a power of ten, so that there are about five. */
function stepFor(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most / 5));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => most / step <= 6) ?? power * 10;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
