/**
 * What runs around a user's function in its isolate: JavaScript as text, since it is handed to the loader beside the user's
 * modules. It takes its own references to everything that it uses before the user's code is loaded, so that a module that
 * changes prototypes changes its own answers alone. Whatever it answers, the host believes none of it unseen.
 *
 * `run(kind, text, limits)` answers with plain data: `{steps, items: [{steps, json} | {steps, error}]}`, where `error` is `{code?, name, message,
 * stack, delayMs}`.
 */
import { FUEL_NAME, HARNESS_FOLDER, USER_FOLDER } from "./layout.ts";

/** Rises with each change of what is in this file, so that no isolate goes on with the former one. */
export const HARNESS_VERSION = 1;

/** The module that the user's modules count their steps with. The harness says what happens when a slice is used up. */
export const FUEL_MODULE = `export const ${FUEL_NAME} = { n: 0, x() {} };`;

/** What \`import "umbel"\` gives. */
export const PLATFORM_MODULE = `
export class Reject extends Error { name = "Reject"; }
export class Later extends Error {
  name = "Later";
  constructor(message, delayMs) { super(message); if (delayMs !== undefined) this.delayMs = delayMs; }
}
`;

/** The harness for a function whose main module is at this path. */
export function harnessModule(main: string): string {
  return HARNESS.replaceAll("%MAIN%", () => JSON.stringify(`/${USER_FOLDER}/${main}`)).replace("%FUEL%", () =>
    JSON.stringify(`/${HARNESS_FOLDER}/fuel.js`),
  );
}

const HARNESS = `
import { WorkerEntrypoint } from "cloudflare:workers";
import { AsyncLocalStorage } from "node:async_hooks";
import { ${FUEL_NAME} as fuel } from %FUEL%;

const { parse, stringify } = JSON;
const { keys, getPrototypeOf, prototype: objectPrototype } = Object;
const { isArray } = Array;
const { isFinite } = Number;
const { apply } = Reflect;
const now = Date.now;
const NativeString = String;
const NativePromise = Promise;
const NativeDate = Date;
const { then } = Promise.prototype;
const { slice } = String.prototype;
const startTimer = setTimeout;
const stopTimer = clearTimeout;
const accounts = new AsyncLocalStorage();
const getStore = accounts.getStore.bind(accounts);
const runWith = accounts.run.bind(accounts);

/** Steps between two looks at the account and the clock. */
const SLICE = 10_000;

class Exhausted extends Error {}

let idle = { steps: 0, stepsMax: 0, endsAt: 0, code: "function-too-many-steps" };

fuel.x = function refuel() {
  const account = getStore() ?? idle;
  account.steps += SLICE;
  if (account.steps >= account.stepsMax) account.over ??= "function-too-many-steps";
  else if (now() > account.endsAt) account.over ??= account.timeCode;
  if (account.over === undefined) {
    fuel.n = SLICE;
    return;
  }
  fuel.n = 0;
  throw new Exhausted(account.over);
};

/** Runs a part of a call under its account, and answers with how it ended: {value} or {thrown}. */
async function within(account, work) {
  const before = now();
  account.steps -= 0;
  fuel.n = SLICE;
  let timer;
  try {
    const value = runWith(account, work);
    if (!isThenable(value)) return { value };
    const timeout = new NativePromise((resolve) => {
      timer = startTimer(() => resolve(TIMEOUT), account.endsAt - before);
    });
    const settled = new NativePromise((resolve, reject) => {
      runWith(account, () => value.then(resolve, reject));
      apply(then, timeout, [resolve]);
    });
    const first = await settled;
    if (first === TIMEOUT) {
      account.over = account.timeCode;
      return { thrown: new Exhausted(account.over) };
    }
    return { value: first };
  } catch (thrown) {
    return { thrown };
  } finally {
    if (timer !== undefined) stopTimer(timer);
    account.steps += SLICE - fuel.n;
  }
}

const TIMEOUT = {};

function isThenable(value) {
  return (typeof value === "object" || typeof value === "function") && value !== null && typeof value.then === "function";
}

/** What was thrown, as data. A getter of it may throw as well. */
function describe(thrown, account) {
  if (account.over !== undefined) return { code: account.over };
  try {
    if ((typeof thrown !== "object" && typeof thrown !== "function") || thrown === null) {
      return { name: "", message: cut(NativeString(thrown), 1000), stack: "" };
    }
    const { name, message, stack, delayMs } = thrown;
    return {
      name: typeof name === "string" ? cut(name, 100) : "",
      message: typeof message === "string" ? cut(message, 1000) : "",
      stack: typeof stack === "string" ? cut(stack, 8000) : "",
      ...(typeof delayMs === "number" ? { delayMs } : {}),
    };
  } catch {
    return { name: "", message: "", stack: "" };
  }
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

/** Throws for what JSON does not have, and for what is too large; answers with the room that is left. */
function check(value, path, room, parents) {
  switch (typeof value) {
    case "string": return room - value.length;
    case "number":
      if (!isFinite(value)) throw new NotJson("function-wrong-result", path + " is " + NativeString(value) + ", which JSON does not have");
      return room - 4;
    case "boolean": return room - 4;
    case "object": break;
    case "undefined": throw new NotJson("function-wrong-result", path + " is undefined");
    case "bigint": throw new NotJson("function-wrong-result", path + " is a BigInt, which JSON does not have");
    default: throw new NotJson("function-wrong-result", path + " is a " + typeof value + ", which JSON does not have");
  }
  if (value === null) return room - 4;
  if (parents.length >= 128) throw new NotJson("function-wrong-result", path + " is nested too deeply, or in itself");
  for (let index = 0; index < parents.length; index++) {
    if (parents[index] === value) throw new NotJson("function-wrong-result", path + " holds itself");
  }
  parents[parents.length] = value;
  let left = room - 2;
  if (isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      left = check(value[index], path + "[" + index + "]", left - 1, parents);
      if (left < 0) throw new NotJson("function-output-too-large", "");
    }
  } else if (typeof value.toJSON !== "function") {
    const prototype = getPrototypeOf(value);
    if (prototype !== objectPrototype && prototype !== null) {
      throw new NotJson("function-wrong-result", path + " is a " + className(prototype) + ", which JSON does not have: plain objects and arrays are");
    }
    const names = keys(value);
    for (let index = 0; index < names.length; index++) {
      const name = names[index];
      const member = value[name];
      if (member === undefined) continue;
      left = check(member, path + "." + name, left - name.length - 4, parents);
      if (left < 0) throw new NotJson("function-output-too-large", "");
    }
  }
  parents.length--;
  return left;
}

function className(prototype) {
  const { constructor } = prototype;
  return typeof constructor === "function" && typeof constructor.name === "string" && constructor.name !== "" ? cut(constructor.name, 100) : "class";
}

/** The value as JSON text. */
function toJson(value, what, charsMax) {
  if (check(value, what, charsMax, []) < 0) throw new NotJson("function-output-too-large", "");
  const json = stringify(value);
  if (typeof json !== "string") throw new NotJson("function-wrong-result", what + " is not JSON");
  if (json.length > charsMax) throw new NotJson("function-output-too-large", "");
  return json;
}

/** One call: the function's answer as text, or why there is none. */
async function call(user, kind, args, account, charsMax) {
  let ended = await within(account, () => apply(user[kind], undefined, args));
  if (!("thrown" in ended)) {
    const { value } = ended;
    ended = await within(account, () => {
      if (value === undefined && (kind === "decorate" || kind === "handle")) return "null";
      return toJson(value, kind === "decorate" ? "what it returned" : "the result", charsMax);
    });
  }
  if (!("thrown" in ended)) return { steps: account.steps, json: ended.value };
  const { thrown } = ended;
  if (thrown instanceof NotJson) return { steps: account.steps, error: { code: thrown.code, message: thrown.message } };
  return { steps: account.steps, error: describe(thrown, account) };
}

function accountOf(limits, timeCode, endsAt) {
  return { steps: 0, stepsMax: limits.stepsMax, endsAt, timeCode, over: undefined };
}

export class Harness extends WorkerEntrypoint {
  /** What the main module exports of these names, by the types of what they are; or why it does not load. */
  async load(names, limits) {
    const account = accountOf(limits, "function-call-timeout", now() + limits.callMaxMs);
    const loaded = await within(account, () => import(%MAIN%));
    if ("thrown" in loaded) return { steps: account.steps, error: describe(loaded.thrown, account) };
    const types = [];
    for (let index = 0; index < names.length; index++) types[index] = typeof loaded.value[names[index]];
    return { steps: account.steps, types };
  }

  async run(kind, text, limits) {
    const batchEndsAt = now() + limits.batchMaxMs;
    const loading = accountOf(limits, "function-call-timeout", now() + limits.callMaxMs);
    const loaded = await within(loading, () => import(%MAIN%));
    if ("thrown" in loaded) return { steps: loading.steps, items: [], error: describe(loaded.thrown, loading) };
    const user = loaded.value;
    if (typeof user[kind] !== "function") return { steps: loading.steps, items: [], error: { code: "function-lacks-kind" } };
    const calls = parse(text);
    const items = [];
    let steps = loading.steps;
    let room = limits.outputCharsMax;
    for (let index = 0; index < calls.length; index++) {
      const callEndsAt = now() + limits.callMaxMs;
      const late = callEndsAt > batchEndsAt;
      const account = accountOf(limits, late ? "function-batch-timeout" : "function-call-timeout", late ? batchEndsAt : callEndsAt);
      const item = now() > batchEndsAt
        ? { steps: 0, error: { code: "function-batch-timeout" } }
        : await call(user, kind, calls[index], account, room);
      if (item.json !== undefined) room -= item.json.length;
      steps += item.steps;
      items[index] = item;
    }
    return { steps, items };
  }
}

export default {};
`;
