/** As much of Cloudflare's API as a deployment asks before its first Worker is there; it refuses that one. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { freePort } from "./platform-process.ts";
import { stopsLater } from "./running.ts";

/** A running stand-in for the API. */
export interface CloudflareApi {
  readonly url: string;
  /** The names of the queues of the account. */
  readonly queues: readonly string[];
  /** The names of the Workers that were sent to it. */
  readonly uploads: readonly string[];
}

interface Answer {
  status: number;
  result?: unknown;
  error?: { code: number; message: string };
}

/**
 * @param options `forbidden`: every request is refused, as with a token without rights
 */
export async function startCloudflareApi(options: { forbidden?: boolean } = {}): Promise<CloudflareApi> {
  const queues: string[] = [];
  const uploads: string[] = [];

  function answer(method: string, path: string, body: string): Answer {
    const upload = /\/workers\/scripts\/([^/]+)$/.exec(path)?.[1];
    if (options.forbidden === true) {
      return { status: 403, error: { code: 10000, message: "Authentication error" } };
    }
    if (path.endsWith("/queues") && method === "POST") {
      const { queue_name: name } = JSON.parse(body) as { queue_name: string };
      queues.push(name);
      return { status: 200, result: { queue_name: name } };
    }
    if (path.endsWith("/queues")) {
      return { status: 200, result: queues.map((name) => ({ queue_name: name, queue_id: name })) };
    }
    if (upload !== undefined && method === "PUT") {
      uploads.push(upload);
      return { status: 400, error: { code: 10021, message: "the code is refused" } };
    }
    return { status: 404, error: { code: 10007, message: "not found" } };
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const {
      status,
      result = null,
      error,
    } = answer(request.method ?? "GET", pathname, await readText(request));
    const errors = error === undefined ? [] : [error];
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify({ success: status < 400, result, errors, messages: [] }));
  }

  const server = createServer((request, response) => void respond(request, response));
  const port = await freePort();
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  stopsLater(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  return { url: `http://127.0.0.1:${port}/client/v4`, queues, uploads };
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}
