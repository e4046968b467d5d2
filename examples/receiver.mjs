// A receiver of webhooks to try pipelines with: it prints what comes, and whether its signature is right. It ends with Ctrl-C.
//
//     SECRET=whsec_… PORT=9000 node examples/receiver.mjs

import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const { SECRET, PORT = "9000" } = process.env;

const server = createServer((request, response) => {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = Buffer.concat(chunks).toString("utf8");
    console.log(`${String(request.headers["webhook-id"])}: ${verdict(request.headers, body)}\n${body}\n`);
    response.writeHead(204).end();
  });
});
server.listen(Number(PORT), "127.0.0.1", () => {
  console.log(`Webhooks to http://127.0.0.1:${PORT}/ are printed here.`);
});

/**
 * @param {import("node:http").IncomingHttpHeaders} headers
 * @param {string} body
 * @returns {string}
 */
function verdict(headers, body) {
  if (SECRET === undefined) {
    return "not verified, since SECRET is not set";
  }
  try {
    const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
    new Webhook(SECRET).verify(body, Object.fromEntries(names.map((name) => [name, String(headers[name])])));
    return "verified";
  } catch (error) {
    return error instanceof Error ? error.message : "not verified";
  }
}
