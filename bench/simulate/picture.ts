/** Two panels of lines over the number of leaves, as SVG: shares of the searches, on a logarithmic axis of leaves. */

export interface Line {
  name: string;
  color: string;
  /** Leaves, and a share from 0 to 1. */
  points: [leaves: number, share: number][];
}

export interface Panel {
  title: string;
  lines: Line[];
}

const WIDTH = 460;
const HEIGHT = 300;
const MARGIN = { left: 52, right: 18, top: 46, bottom: 46 };
const LEAVES_MAX = 2_000;
const TICKS = [1, 5, 20, 100, 500, 2_000];
const INK = "#57606a";

export function picture(panels: readonly Panel[]): string {
  const body = panels.map(
    (panel, index) => `<g transform="translate(${index * WIDTH} 0)">${drawn(panel)}</g>`,
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${panels.length * WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">`,
    `<rect width="100%" height="100%" fill="#ffffff"/>`,
    ...body,
    "</svg>",
    "",
  ].join("\n");
}

function drawn({ title, lines }: Panel): string {
  return [
    `<text x="${MARGIN.left}" y="20" font-weight="600" fill="#1f2328">${title}</text>`,
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (share) =>
        `<line x1="${MARGIN.left}" x2="${WIDTH - MARGIN.right}" y1="${y(share)}" y2="${y(share)}" stroke="#d0d7de"/>` +
        `<text x="${MARGIN.left - 8}" y="${y(share) + 4}" text-anchor="end" fill="${INK}">${100 * share} %</text>`,
    ),
    ...TICKS.map(
      (leaves) =>
        `<text x="${x(leaves)}" y="${HEIGHT - MARGIN.bottom + 18}" text-anchor="middle" fill="${INK}">${leaves}</text>`,
    ),
    `<text x="${(MARGIN.left + WIDTH - MARGIN.right) / 2}" y="${HEIGHT - 8}" text-anchor="middle" fill="${INK}">leaves</text>`,
    ...lines.map(({ name, color, points }, index) => {
      const path = points.map(([leaves, share]) => `${x(leaves)},${y(share)}`).join(" ");
      const legend = `<text x="${MARGIN.left + index * 125}" y="37" fill="${color}">${name}</text>`;
      return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2.5"/>${legend}`;
    }),
  ].join("\n");
}

function x(leaves: number): number {
  const room = WIDTH - MARGIN.left - MARGIN.right;
  return Math.round(MARGIN.left + (room * Math.log(leaves)) / Math.log(LEAVES_MAX));
}

function y(share: number): number {
  return Math.round((MARGIN.top + (1 - share) * (HEIGHT - MARGIN.top - MARGIN.bottom)) * 10) / 10;
}
