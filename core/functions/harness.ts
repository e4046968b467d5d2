/**
 * What runs around a user's function in its isolate: JavaScript as text, since it is handed to the loader beside the user's
 * modules. It takes its own references to everything that it uses before the user's code is loaded, so that a module that
 * changes prototypes changes its own answers alone. The host believes nothing that comes out of here unseen.
 *
 * `run(kind, text, limits)` answers with plain data, `{steps, items: [{steps, json} | {steps, error}]}` or `{steps, items: [], error}`;
 * an error is `{code, message?}` for a limit, `{name, message, stack, delayMs?}` for what the function threw.
 */
import { FUEL_NAME, HARNESS_FOLDER, USER_FOLDER } from "./layout.ts";
import { METERING } from "./metering.ts";

/** Rises with each change of what is in this file or the metering, so that no isolate goes on with the former one. */
export const HARNESS_VERSION = 3;

/**
 * What the user's modules count their steps with: `n` steps are left before `x` is called, which gives more or throws; `s` counts
 * what is spread. The harness puts them in.
 */
export const FUEL_MODULE = `export const ${FUEL_NAME} = { n: 0, x: undefined, s: undefined };`;

/** What `import "umbel"` gives. */
export const PLATFORM_MODULE = `
export class Reject extends Error { name = "Reject"; }
export class Later extends Error {
  name = "Later";
  constructor(message, delayMs) { super(message); if (delayMs !== undefined) this.delayMs = delayMs; }
}
`;

/** The harness for a function whose main module is at this path. */
export function harnessModule(main: string): string {
  return HARNESS.replaceAll("%MAIN%", () => JSON.stringify(`/${USER_FOLDER}/${main}`)).replaceAll(
    "%FUEL%",
    () => JSON.stringify(`/${HARNESS_FOLDER}/fuel.js`),
  );
}

const HARNESS = `
import { WorkerEntrypoint } from "cloudflare:workers";
import { AsyncLocalStorage } from "node:async_hooks";
import { ${FUEL_NAME} as fuel } from %FUEL%;

const { parse, stringify } = JSON;
const { keys, hasOwn, getPrototypeOf, prototype: objectPrototype, defineProperty } = Object;
const { isArray, from: arrayFrom } = Array;
const { isFinite } = Number;
const { apply, construct } = Reflect;
const now = Date.now;
const NativeString = String;
const NativePromise = Promise;
const NativeProxy = Proxy;
const { then } = Promise.prototype;
const { slice, indexOf } = String.prototype;
const startTimer = setTimeout;
const stopTimer = clearTimeout;
const accounts = new AsyncLocalStorage();
const getStore = accounts.getStore.bind(accounts);
const runWith = accounts.run.bind(accounts);

/** Steps between two looks at the account and the clock. */
const SLICE = 1024;

class Exhausted extends Error {}

/** What runs outside of every call, or after its call was answered, gets nowhere. */
const closed = { steps: 0, stepsMax: 0, endsAt: 0, timeCode: "function-call-timeout", over: "function-call-timeout" };

fuel.x = function refuel() {
  const account = getStore() ?? closed;
  account.steps += SLICE - fuel.n;
  if (account.over === undefined) {
    if (account.steps >= account.stepsMax) account.over = "function-too-many-steps";
    else if (now() > account.endsAt) account.over = account.timeCode;
  }
  if (account.over === undefined) {
    fuel.n = SLICE;
    return;
  }
  fuel.n = 0;
  throw new Exhausted(account.over);
};

${METERING}

/** Runs a part of a call under its account, and answers with how it ended: {value} or {thrown}. Never throws. */
function attempt(account, work) {
  fuel.n = SLICE;
  try {
    return { value: runWith(account, work) };
  } catch (thrown) {
    return { thrown };
  } finally {
    if (fuel.n >= 0) account.steps += SLICE - fuel.n;
  }
}

/** What a promise or its like settles to; its steps count for the account, too. */
async function settled(account, promised) {
  fuel.n = SLICE;
  let timer;
  try {
    const value = await new NativePromise((resolve, reject) => {
      timer = startTimer(() => resolve(TIMEOUT), account.endsAt - now());
      runWith(account, () => settle(promised, resolve, reject));
    });
    if (value !== TIMEOUT) return { value };
    account.over ??= account.timeCode;
    return { thrown: undefined };
  } catch (thrown) {
    return { thrown };
  } finally {
    stopTimer(timer);
    if (fuel.n >= 0) account.steps += SLICE - fuel.n;
  }
}

const TIMEOUT = {};

/** A promise settles as promises do, whatever the user's code has made of them. */
function settle(value, resolve, reject) {
  try {
    apply(then, value, [resolve, reject]);
  } catch {
    value.then(resolve, reject);
  }
}

function isThenable(value) {
  return (typeof value === "object" || typeof value === "function") && value !== null && typeof value.then === "function";
}

/** What was thrown, as data. A getter of it may throw as well. */
function describe(thrown, account) {
  if (account.over !== undefined) return { code: account.over };
  if (thrown instanceof NotJson) return { code: thrown.code, message: thrown.message };
  try {
    return runWith(account, () => {
      if ((typeof thrown !== "object" && typeof thrown !== "function") || thrown === null) {
        return { name: "", message: cut(NativeString(thrown), 1000), stack: "" };
      }
      const { name, message, stack, delayMs } = thrown;
      return {
        name: typeof name === "string" ? cut(name, 100) : "",
        message: typeof message === "string" ? cut(message, 1000) : "",
        stack: typeof stack === "string" ? framesOf(stack, message) : "",
        ...(typeof delayMs === "number" ? { delayMs } : {}),
      };
    });
  } catch {
    return { name: "", message: "", stack: "" };
  }
}

/** The stack without the message that it begins with, however long. */
function framesOf(stack, message) {
  const at = typeof message === "string" ? apply(indexOf, stack, [message]) : -1;
  return cut(at === -1 ? stack : apply(slice, stack, [at + message.length]), 4000);
}

function cut(text, charsMax) {
  return apply(slice, text, [0, charsMax]);
}

class NotJson extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

function wrong(what, trail, depth, problem) {
  let place = what;
  for (let index = 0; index < depth && place.length < 200; index++) {
    const step = trail[index];
    place += typeof step === "number" ? "[" + step + "]" : "." + step;
  }
  return new NotJson("function-wrong-result", place + " " + problem);
}

const DEPTH_MAX = 128;

/** Throws for what JSON does not have, and for what is too large; answers with the characters that are left. */
function check(value, what, room, trail, parents, depth) {
  switch (typeof value) {
    case "string": return room - value.length - 2;
    case "number":
      if (!isFinite(value)) throw wrong(what, trail, depth, "is " + NativeString(value) + ", which JSON does not have");
      return room - 1;
    case "boolean": return room - 4;
    case "object": break;
    case "undefined": throw wrong(what, trail, depth, "is undefined, which JSON does not have");
    case "bigint": throw wrong(what, trail, depth, "is a BigInt, which JSON does not have");
    default: throw wrong(what, trail, depth, "is a " + typeof value + ", which JSON does not have");
  }
  if (value === null) return room - 4;
  for (let index = 0; index < depth; index++) {
    if (parents[index] === value) throw wrong(what, trail, depth, "holds itself");
  }
  if (depth >= DEPTH_MAX) throw wrong(what, trail, depth, "is nested more than " + DEPTH_MAX + " deep");
  parents[depth] = value;
  let left = room - 2;
  if (isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      trail[depth] = index;
      left = check(value[index], what, left - 1, trail, parents, depth + 1);
      if (left < 0) throw new NotJson("function-output-too-large", "");
    }
    return left;
  }
  if (typeof value.toJSON === "function") return left;
  const prototype = getPrototypeOf(value);
  if (prototype !== objectPrototype && prototype !== null) {
    throw wrong(what, trail, depth, "is a " + className(prototype) + ", which JSON does not have; it has plain objects and arrays");
  }
  const names = keys(value);
  for (let index = 0; index < names.length; index++) {
    const name = names[index];
    const member = value[name];
    if (member === undefined) continue;
    trail[depth] = name;
    left = check(member, what, left - name.length - 4, trail, parents, depth + 1);
    if (left < 0) throw new NotJson("function-output-too-large", "");
  }
  return left;
}

function className(prototype) {
  const { constructor } = prototype;
  return typeof constructor === "function" && typeof constructor.name === "string" && constructor.name !== "" ? cut(constructor.name, 100) : "class";
}

/** The value as JSON text. */
function toJson(value, what, charsMax) {
  if (check(value, what, charsMax, [], [], 0) < 0) throw new NotJson("function-output-too-large", "");
  const json = stringify(value);
  if (typeof json !== "string") throw new NotJson("function-wrong-result", what + " is nothing that JSON has");
  if (json.length > charsMax) throw new NotJson("function-output-too-large", "");
  return json;
}

/** One call: the function's answer as text, or why there is none; at once, or as a promise where the function answers with one. */
function call(user, kind, args, account, charsMax) {
  const ended = attempt(account, () => {
    const value = apply(user[kind], undefined, args);
    return typeof value === "object" && value !== null && isThenable(value) ? { promised: value } : { json: toText(kind, value, charsMax) };
  });
  if (hasOwn(ended, "thrown") || hasOwn(ended.value, "json")) return itemOf(account, ended);
  return callLater(kind, ended.value.promised, account, charsMax);
}

async function callLater(kind, promised, account, charsMax) {
  const ended = await settled(account, promised);
  if (hasOwn(ended, "thrown")) return itemOf(account, ended);
  return itemOf(account, attempt(account, () => ({ json: toText(kind, ended.value, charsMax) })));
}

function toText(kind, value, charsMax) {
  if (value === undefined && (kind === "decorate" || kind === "handle")) return "null";
  return toJson(value, "what it returned", charsMax);
}

/** Its steps and its text or error. Whatever of it still runs gets no further. */
function itemOf(account, ended) {
  const { steps } = account;
  const item = hasOwn(ended, "thrown")
    ? { steps, error: describe(ended.thrown, account) }
    : { steps, json: ended.value.json };
  account.over ??= "function-call-timeout";
  return item;
}

function accountOf(limits, timeCode, endsAt) {
  return { steps: 0, stepsMax: limits.stepsMax, endsAt, timeCode, over: undefined };
}

let main;

/** The user's main module, or why it does not load. */
async function loadUser(limits) {
  if (main !== undefined) return { steps: 0, user: main };
  const account = accountOf(limits, "function-call-timeout", now() + limits.callMaxMs);
  const ended = await settled(account, runWith(account, () => import(%MAIN%)));
  const { steps } = account;
  if (hasOwn(ended, "thrown")) return { steps, error: describe(ended.thrown, account) };
  main = ended.value;
  return { steps, user: main };
}

export class Harness extends WorkerEntrypoint {
  /** The types of what the main module exports by these names; or why it does not load. */
  async load(names, limits) {
    const { steps, user, error } = await loadUser(limits);
    if (error !== undefined) return { steps, error };
    const types = [];
    for (let index = 0; index < names.length; index++) types[index] = typeof user[names[index]];
    return { steps, types };
  }

  async run(kind, text, limits) {
    const batchEndsAt = now() + limits.batchMaxMs;
    let { steps, user, error } = await loadUser(limits);
    if (error !== undefined) return { steps, items: [], error };
    if (typeof user[kind] !== "function") return { steps, items: [], error: { code: "function-lacks-kind" } };
    const calls = parse(text);
    const items = [];
    let room = limits.outputCharsMax;
    for (let index = 0; index < calls.length; index++) {
      const startedAt = now();
      if (startedAt >= batchEndsAt) {
        items[index] = { steps: 0, error: { code: "function-batch-timeout" } };
        continue;
      }
      const isLast = startedAt + limits.callMaxMs > batchEndsAt;
      const account = isLast
        ? accountOf(limits, "function-batch-timeout", batchEndsAt)
        : accountOf(limits, "function-call-timeout", startedAt + limits.callMaxMs);
      let item = call(user, kind, calls[index], account, room);
      // Most answer at once, which spares a turn of the event loop each.
      if (!hasOwn(item, "steps")) item = await item;
      if (item.json !== undefined) room -= item.json.length;
      steps += item.steps;
      items[index] = item;
    }
    return { steps, items };
  }
}

export default {};
`;
