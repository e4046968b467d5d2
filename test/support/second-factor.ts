/** Second factors as an application asks for them, and as people answer them. */
import { setTimeout as sleep } from "node:timers/promises";
import { generate } from "otplib";
import type { HttpClient } from "./http-client.ts";

export const ENROLLMENTS = "/v1/identity/totp/enrollments";

export interface Made {
  enrollment: string;
  secret: string;
  otpauthUrl: string;
  qrSvg: string;
  recoveryCodes: string[];
}

export interface Opened {
  challenge: string;
  expiresAt: string;
}

export interface Problem {
  code: string;
  detail: string;
}

/** What is found in a collection of kept events. */
export interface Found {
  hits: {
    document: { type: string; event: { time: string; data: Record<string, unknown> } };
  }[];
}

/** `platform` is asked for, so that it may be started later. */
export function secondFactor(platform: () => HttpClient) {
  async function created<Body>(path: string, body: object, expected: number): Promise<Body> {
    const answer = await platform().json<Body>("POST", path, body);
    if (answer.status !== expected)
      throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  const enroll = (account: string, more: object = {}) =>
    created<Made>(ENROLLMENTS, { account, ...more }, 201);

  const confirm = (enrollment: string, code: string) =>
    platform().json("POST", `${ENROLLMENTS}/${enrollment}/confirm`, { code });

  /** An authenticator that counts. Its codes are those of seconds after the one that confirmed it: the next step is valid for a minute. */
  async function authenticator(account: string, more: object = {}) {
    const made = await enroll(account, more);
    const epoch = Math.floor(Date.now() / 1000);
    const codeAt = (offsetS: number) => generate({ secret: made.secret, epoch: epoch + offsetS });
    const { status } = await confirm(made.enrollment, await codeAt(0));
    if (status !== 200) throw new Error(`it was not confirmed: ${status}`);
    return { ...made, codeAt };
  }

  /** The id of a challenge. */
  const open = async (account: string, more: object = {}) =>
    (await created<Opened>("/v1/identity/challenges", { account, ...more }, 202)).challenge;

  /** As a person's browser does it: with no key. */
  async function verify(challenge: string, code: unknown, address?: string) {
    const response = await fetch(`${platform().url}/v1/identity/challenges/${challenge}/verify`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(address === undefined ? {} : { "cf-connecting-ip": address }),
      },
      body: JSON.stringify({ code }),
    });
    const body = (await response.json()) as { verified?: true; token?: string } & Partial<Problem>;
    return { status: response.status, headers: response.headers, body };
  }

  return { enroll, confirm, authenticator, open, verify };
}

/** An answer without what differs from one to the next. */
export function shapeOf({ status, headers, body }: { status: number; headers: Headers; body: object }) {
  const changing = new Set(["date", "server-timing", "traceparent"]);
  const text = JSON.stringify(body, (key, value: unknown) =>
    key === "challenge" || key === "expiresAt" ? String(value).length : value,
  );
  return { status, headers: [...headers].filter(([name]) => !changing.has(name)), text };
}

/** Looks until it holds; the test's own time limit ends it when it does not. */
export async function eventually<T>(look: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await look();
    if (holds(value)) return value;
    await sleep(50);
  }
}
