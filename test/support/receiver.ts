/** A receiver of webhooks on this machine: it keeps what it got, and answers as the test says. */
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { stopsLater } from "./running.ts";

export interface Received {
  headers: IncomingHttpHeaders;
  body: string;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: string;
  /** It keeps the sender waiting for so long. */
  delayMs?: number;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly Received[];
  /** What is answered from now on: by the request's place among all, from 0. */
  answer: (count: number) => Answer;
}

export async function startReceiver(answer: Receiver["answer"] = () => ({ status: 204 })): Promise<Receiver> {
  const received: Received[] = [];
  const receiver: { -readonly [Name in keyof Receiver]: Receiver[Name] } = { url: "", received, answer };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { status, headers, body, delayMs = 0 } = receiver.answer(received.length);
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
      setTimeout(() => response.writeHead(status, headers).end(body), delayMs);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  stopsLater(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("a TCP server has a port");
  receiver.url = `http://127.0.0.1:${address.port}/hook`;
  return receiver;
}
