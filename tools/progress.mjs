// Shows how far a piece of work is: a bar that redraws itself on a terminal, a few plain lines elsewhere.

const BAR_WIDTH = 30;
const PLAIN_STEP = 0.25;

/**
 * @param {number} done
 * @param {number} total
 * @param {number} width in characters
 * @returns {string} such as "██████░░░░  1,500 of 3,201"
 */
export function drawBar(done, total, width = BAR_WIDTH) {
  const filled = total === 0 ? width : Math.floor((Math.min(done, total) / total) * width);
  return `${"█".repeat(filled)}${"░".repeat(width - filled)}  ${format(done)} of ${format(total)}`;
}

/**
 * @param {Pick<NodeJS.WriteStream, "isTTY" | "write">} stream
 * @returns {(label: string, done: number, total: number) => void} to be called with each step of the work under that label
 */
export function progressOn(stream) {
  let shown = { label: "", share: 0 };
  return (label, done, total) => {
    if (stream.isTTY) {
      stream.write(`\r  ${label}  ${drawBar(done, total)}${done >= total ? "\n" : ""}`);
      return;
    }
    if (label !== shown.label) {
      shown = { label, share: 0 };
    }
    const share = total === 0 ? 1 : done / total;
    if (share >= 1 || share >= shown.share + PLAIN_STEP) {
      shown.share = share;
      stream.write(`  ${label}  ${format(done)} of ${format(total)}\n`);
    }
  };
}

/** @param {number} count */
function format(count) {
  return count.toLocaleString("en-US");
}
