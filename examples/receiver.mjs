// A receiver of webhooks to try pipelines with: it prints what comes, and whether its signature is right. It ends with Ctrl-C.
//
//     SECRET=whsec_… node examples/receiver.mjs [port]

import { createServer } from "node:http";
import { Webhook } from "standardwebhooks";

const { SECRET } = process.env;

// An argument, and not PORT: that is Umbel's own where both run in one terminal.
const port = Number(process.argv[2] ?? 9000);

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
server.once("error", (error) => {
  console.error(`It can't listen on port ${port}: ${error.message}. Name another one.`);
  process.exitCode = 1;
});
server.listen(port, "127.0.0.1", () => {
  console.log(`Webhooks to http://127.0.0.1:${port}/ are printed here.`);
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
