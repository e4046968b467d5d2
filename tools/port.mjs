// Whether a port can be had. Asked before wrangler starts: wrangler would silently take another.

import { connect, createServer } from "node:net";

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<"free" | "taken" | "forbidden">}
 */
export async function lookAtPort(port, host) {
  // macOS lets one listen on 127.0.0.1 while another has all addresses, so knock first.
  return (await answers(port, host)) ? "taken" : tryToListen(port, host);
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<boolean>} whether someone listens there
 */
export function answers(port, host) {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once("connect", () => {
      resolve(true);
      socket.destroy();
    });
    socket.once("error", () => resolve(false));
    socket.setTimeout(1000, () => {
      resolve(false);
      socket.destroy();
    });
  });
}

/**
 * @param {number} port
 * @param {string} host
 * @returns {Promise<"free" | "taken" | "forbidden">}
 */
function tryToListen(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) =>
      resolve("code" in error && error.code === "EACCES" ? "forbidden" : "taken"),
    );
    server.listen({ port, host }, () => server.close(() => resolve("free")));
  });
}
