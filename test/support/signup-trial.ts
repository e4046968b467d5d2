/**
 * The trial of sign-ups: people sign up, some of them twice, and most follow the link that they are mailed, while what can go wrong does; then mails, users
 * and welcomes are counted. Used by a journey with some people, and by `npm run bench:signup` with a thousand and with kills.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { loadPipelines } from "../../examples/load.mjs";
import type { HttpClient } from "./http-client.ts";

export interface SignupTrial {
  people: number;
  /** In how many parts people sign up, and are verified: between any two, something is disturbed. */
  parts: number;
  /** Answers with how to go on. */
  disturb: (client: HttpClient) => Promise<HttpClient>;
  /** How long mails and users may take. */
  drainMs: number;
  say?: (line: string) => void;
}

export interface TrialResult {
  /** Mails with a link, by address. */
  links: Map<string, Set<string>>;
  /** Documents of `users`, by address. */
  users: Map<string, number>;
  welcomes: Map<string, number>;
  /** How often an address's link was answered with 200. */
  verified: Map<string, number>;
  /** Addresses whose verification's answer was lost with whoever was to give it. */
  unanswered: Set<string>;
  /** Who signed up, and of those who was to verify. */
  everybody: string[];
  verifying: string[];
  inFlight: number;
  dead: number;
}

interface Mail {
  to: string[];
  pipeline: string;
  text: string;
}

const AT_ONCE = 8;
const POLL_MS = 250;

/** After so long, what was begun is in its middle. */
const MIDDLE_MS = 10;

/** One in ten never follows a link, one in five signs up twice. */
const verifies = (n: number): boolean => n % 10 !== 3;
const signsUpTwice = (n: number): boolean => n % 5 === 1;

export const addressOf = (n: number): string => `person-${n}@example.com`;

/** Loads the pipelines of examples/signup, which try again sooner here, and all keep what they deliver. */
export async function declareSignup(client: HttpClient): Promise<void> {
  await loadPipelines({ address: client.url, key: client.key }, "signup");
  const { body } = await client.json<{ pipelines: { name: string }[] }>("GET", "/v1/pipelines");
  for (const pipeline of body.pipelines) {
    if (!pipeline.name.startsWith("signup")) continue;
    const { name, version: _, createdAt: __, updatedAt: ___, ...spec } = pipeline as Record<string, unknown>;
    const retry = { attempts: 100, firstDelayMs: 50, maxDelayMs: 500 };
    const { status, body: answer } = await client.json("PUT", `/v1/pipelines/${String(name)}`, {
      ...spec,
      retry,
      keep: true,
    });
    if (status !== 200) throw new Error(JSON.stringify(answer));
  }
}

export async function runSignupTrial(first: HttpClient, trial: SignupTrial): Promise<TrialResult> {
  const { people, parts, disturb, drainMs, say = () => undefined } = trial;
  let client = first;
  const everybody = Array.from({ length: people }, (_, n) => addressOf(n));
  const chunk = Math.ceil(people / parts);
  for (let from = 0; from < people; from += chunk) {
    const signingUp = signUpAll(client, range(from, Math.min(people, from + chunk)));
    if (from > 0) {
      await sleep(MIDDLE_MS);
      client = await disturb(client);
    }
    // Whether these were taken is not known, as their answer was lost: they sign up again.
    const lost = await signUpAll(client, await signingUp);
    if (lost.length > 0) throw new Error(`${lost.length} could not sign up`);
    say(`signed up ${Math.min(people, from + chunk)}`);
  }
  const result = {
    verified: new Map<string, number>(),
    unanswered: new Set<string>(),
    lost: new Set<string>(),
  };
  const verifying = everybody.filter((_, n) => verifies(n));
  const giveUpAt = Date.now() + drainMs;
  let disturbances = 0;
  for (;;) {
    const open = verifying.filter(
      (address) => !result.verified.has(address) && !result.unanswered.has(address),
    );
    if (open.length === 0 || Date.now() > giveUpAt) break;
    const links = linksOf(await mails(client));
    const reachable = open
      .filter((address) => links.has(address))
      .slice(0, Math.ceil(verifying.length / parts));
    const verification = verifyAll(client, reachable, links, result);
    // In the middle of it, so that answers are lost and what they said is not.
    if (reachable.length > 0 && disturbances < parts - 1) {
      disturbances += 1;
      await sleep(MIDDLE_MS);
      client = await disturb(client);
    }
    await verification;
    say(`verified ${result.verified.size}, unanswered ${result.unanswered.size}`);
    await sleep(POLL_MS);
  }
  const ledger = await drain(client, giveUpAt, say);
  const all = await mails(client);
  const users = await exported<{ address: string }>(client, "users");
  return {
    ...result,
    ...ledger,
    everybody,
    verifying,
    links: linksOf(all),
    users: countBy(users.map(({ address }) => address)),
    welcomes: countBy(all.filter(({ pipeline }) => pipeline === "signup-welcome").flatMap(({ to }) => to)),
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, n) => from + n);
}

/** Answers with those who got no answer. */
async function signUpAll(client: HttpClient, people: readonly number[]): Promise<number[]> {
  const waiting = people.values();
  const lost: number[] = [];
  const worker = async (): Promise<void> => {
    for (const n of waiting) {
      const first = await signUp(client, n);
      if (!first || (signsUpTwice(n) && !(await signUp(client, n)))) lost.push(n);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return lost;
}

/** With the key, as an application's server: the limit by address on the network is another test's. False: there was no answer. */
async function signUp(client: HttpClient, n: number): Promise<boolean> {
  const person = { email: addressOf(n), name: `Person ${n}`, newsletter: n % 2 === 0 };
  let answer: Awaited<ReturnType<HttpClient["json"]>>;
  try {
    answer = await client.json("POST", "/v1/signups", person);
  } catch {
    return false;
  }
  // A mailbox has had its three mails, if an answer was lost twice.
  if (answer.status === 202 || answer.status === 429) return true;
  if (answer.status >= 500) return false;
  throw new Error(`${answer.status} ${JSON.stringify(answer.body)}`);
}

/** Follows the newest link of each twice at the same moment, as a mail program and a person may. */
async function verifyAll(
  client: HttpClient,
  open: readonly string[],
  links: ReadonlyMap<string, Set<string>>,
  result: Pick<TrialResult, "verified" | "unanswered"> & { lost: Set<string> },
): Promise<void> {
  const waiting = open.values();
  const worker = async (): Promise<void> => {
    for (const address of waiting) {
      const tokens = [...(links.get(address) ?? [])].flatMap((link) => [link, link]);
      const answers = await Promise.all(tokens.map((token) => verify(client, token)));
      const good = answers.filter((status) => status === 200).length;
      if (good > 0) result.verified.set(address, (result.verified.get(address) ?? 0) + good);
      // Who got no answer tries again; that the link is over then says that it was good the first time.
      else if (answers.includes(undefined)) result.lost.add(address);
      else if (result.lost.has(address)) result.unanswered.add(address);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Undefined: there was no answer. */
async function verify(client: HttpClient, token: string): Promise<number | undefined> {
  try {
    const { status } = await client.json("POST", "/v1/signups/verify", { token });
    return status < 500 ? status : undefined;
  } catch {
    return undefined;
  }
}

async function drain(
  client: HttpClient,
  giveUpAt: number,
  say: (line: string) => void,
): Promise<{ inFlight: number; dead: number }> {
  for (;;) {
    const counts = await Promise.all(
      ["identity.signup", "identity.verified"].map(async (topic) => {
        const { body } = await client.json<{ events: { inFlight: number; dead: number } }>(
          "GET",
          `/v1/topics/${topic}`,
        );
        return body.events;
      }),
    );
    const inFlight = counts.reduce((sum, each) => sum + each.inFlight, 0);
    const dead = counts.reduce((sum, each) => sum + each.dead, 0);
    if (inFlight === 0 || Date.now() > giveUpAt) return { inFlight, dead };
    say(`${inFlight} in flight`);
    await sleep(POLL_MS);
  }
}

async function mails(client: HttpClient): Promise<Mail[]> {
  return exported<Mail>(client, "_mailbox");
}

/** The tokens that each address was mailed. */
function linksOf(all: readonly Mail[]): Map<string, Set<string>> {
  const links = new Map<string, Set<string>>();
  for (const { to, pipeline, text } of all) {
    const token = /#(\S+)/.exec(text)?.[1];
    if (pipeline !== "signup" || token === undefined) continue;
    for (const address of to) links.set(address, (links.get(address) ?? new Set()).add(token));
  }
  return links;
}

/** None, where the collection is not there yet. */
export async function exported<Document>(client: HttpClient, collection: string): Promise<Document[]> {
  const response = await client.fetch(`/v1/collections/${collection}/export`);
  const text = await response.text();
  if (response.status === 404) return [];
  if (response.status !== 200) throw new Error(text);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Document);
}

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
