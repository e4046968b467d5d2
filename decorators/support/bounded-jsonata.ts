/**
 * JSONata that ends. An expression is a program: it may recurse for ever, and while it does, its consumer answers nobody.
 * jsonata's own `timeout` looks at the clock, which stands still on the deployed platform while code runs (Workers:
 * Performance and timers), so work is counted instead:
 *
 * - **steps**: each node that is evaluated is one, also in a loop that jsonata turns a tail call into;
 * - **depth**: of evaluations in each other, by jsonata's `stack`;
 * - **sizes**: of arrays, by jsonata's `sequence` and where they come out of a node; of texts, one by one and in all;
 * - **regular expressions** run in linear time (pattern.ts);
 * - built-in functions whose work has nothing to do with the size of what they are given are bounded themselves.
 *
 * `$eval` is not there: an event must not bring programs.
 */
import jsonata from "jsonata";
import { isObject } from "../../core/document/values.ts";
import { Reject } from "../contract.ts";
import { ELEMENTS_MAX, TEXT_CHARS_MAX } from "../limits.ts";
import { isDeeperThan, isLargerThan } from "./json-size.ts";
import { compilePattern, type Pattern } from "./pattern.ts";

/** Nodes evaluated for one event: some 200 ms of work. Mapping a hundred items takes a few thousand. */
const STEPS_MAX = 100_000;

/** Evaluations in each other; each call of a function is some five of them. jsonata's own suite gets by with 500. */
const STACK_MAX = 500;

/** Characters of all texts that nodes answer with: an isolate has 128 MB for all that runs in it. */
const CHARS_MAX = 16 * 1024 * 1024;

/** Of `$pad`: ten thousand such texts still fit. */
const PAD_WIDTH_MAX = 1_000;

const EXPRESSION_CHARS_MAX = 20_000;

/** Levels of the answer: what data may have. */
const DEPTH_MAX = 64;

/** `$distinct` compares each element with each: this many are a million comparisons. */
const DISTINCT_MAX = 1_000;

export interface Mapping {
  /** What the expression makes of `input`; undefined: nothing. Plain JSON. Throws a `Reject`. */
  evaluate(input: unknown, variables: Record<string, unknown>): Promise<unknown>;
}

export type CompiledMapping = { ok: true; mapping: Mapping } | { ok: false; message: string };

export function compileMapping(text: string): CompiledMapping {
  if (text.length > EXPRESSION_CHARS_MAX)
    return { ok: false, message: `has more than ${EXPRESSION_CHARS_MAX} characters` };
  try {
    // jsonata asks for a class that makes a matcher of a RegExp, and uses no more of it than `LinearMatcher` has.
    const RegexEngine = LinearMatcher as unknown as RegExpConstructor;
    const expression = jsonata(text, { stack: STACK_MAX, sequence: ELEMENTS_MAX, RegexEngine });
    const problem = faultOf(expression.ast());
    if (problem !== undefined) return { ok: false, message: problem };
    bound(expression);
    return { ok: true, mapping: { evaluate: (input, variables) => evaluate(expression, input, variables) } };
  } catch (error) {
    return { ok: false, message: messageOf(error) };
  }
}

async function evaluate(
  expression: jsonata.Expression,
  input: unknown,
  variables: Record<string, unknown>,
): Promise<unknown> {
  let result: unknown;
  try {
    result = await expression.evaluate(input, variables);
  } catch (error) {
    // What a mapping does with the same event is the same each time: there is nothing to wait for.
    // A new one in any case, since jsonata writes its own marks on what passes through it.
    throw new Reject(error instanceof Reject ? error.message : `${messageOf(error)}.`);
  }
  if (isDeeperThan(result, DEPTH_MAX, isFunction)) throw new Reject("The result is nested too deeply.");
  if (isLargerThan(result, TEXT_CHARS_MAX, isFunction)) throw new Reject("The result is too large.");
  // Plain objects and arrays: jsonata's have marks of its own.
  const json = JSON.stringify(result, (_, value: unknown) =>
    typeof value === "object" && value !== null && isFunction(value) ? undefined : value,
  ) as string | undefined;
  return json === undefined ? undefined : JSON.parse(json);
}

/** jsonata's functions are objects, and no JSON: data that looks like one has no function in it. */
function isFunction(value: object): boolean {
  return (
    ("_jsonata_function" in value &&
      "implementation" in value &&
      typeof value.implementation === "function") ||
    ("_jsonata_lambda" in value && "environment" in value && typeof value.environment === "object")
  );
}

/** jsonata calls what is bound to these names for each node, before and after; its debuggers use them. */
const ENTRY = Symbol.for("jsonata.__evaluate_entry");
const EXIT = Symbol.for("jsonata.__evaluate_exit");

interface Expression extends jsonata.Expression {
  assign(name: string | symbol, value: unknown): void;
}

function bound(expression: Expression): void {
  // By the frame that is the evaluation's own, as several may run at a time.
  const steps = new WeakMap<object, number>();
  expression.assign(ENTRY, (_node: unknown, _input: unknown, { base }: { base: object }) => {
    const step = (steps.get(base) ?? 0) + 1;
    if (step > STEPS_MAX) throw new Reject(`The mapping takes more than ${STEPS_MAX} steps.`);
    steps.set(base, step);
  });
  if (canGrow(expression.ast())) {
    const characters = new WeakMap<object, number>();
    expression.assign(
      EXIT,
      (_node: unknown, _input: unknown, { base }: { base: object }, result: unknown) => {
        if (Array.isArray(result)) checkCount(result.length);
        if (typeof result !== "string") return;
        checkLength(result.length);
        const total = (characters.get(base) ?? 0) + result.length;
        if (total > CHARS_MAX) throw new Reject("The mapping makes too much text.");
        characters.set(base, total);
      },
    );
  }
  expression.registerFunction("pad", pad, "<s-ns?:s>");
  expression.registerFunction("join", joinTexts, "<a<s>s?:s>");
  expression.registerFunction("distinct", distinct, "<x:x>");
  // jsonata's own ask for Node's Buffer.
  expression.registerFunction("base64encode", ofText(btoa), "<s-:s>");
  expression.registerFunction("base64decode", ofText(atob), "<s-:s>");
}

function pad(text: string | undefined, width: number, characters = " "): string | undefined {
  if (text === undefined) return undefined;
  const length = Math.trunc(Math.abs(width));
  if (length > PAD_WIDTH_MAX) throw new Reject(`$pad makes texts of at most ${PAD_WIDTH_MAX} characters.`);
  const count = Array.from(text).length;
  const filler = Array.from(characters === "" ? " " : characters);
  const padding = Array.from(
    { length: Math.max(0, length - count) },
    (_, at) => filler[at % filler.length],
  ).join("");
  return width < 0 ? padding + text : text + padding;
}

function joinTexts(texts: readonly string[] | undefined, separator = ""): string | undefined {
  if (texts === undefined) return undefined;
  checkLength(texts.reduce((sum, text) => sum + text.length + separator.length, 0));
  return texts.join(separator);
}

/** As jsonata's, but for a bound: elements are the same whose JSON is, objects whatever the order of their fields. */
function distinct(values: unknown): unknown {
  if (!Array.isArray(values)) return values;
  if (values.length > DISTINCT_MAX) throw new Reject(`$distinct takes at most ${DISTINCT_MAX} elements.`);
  const seen = new Map<string, unknown>();
  for (const value of values) {
    const key = JSON.stringify(value, sortedFields);
    if (!seen.has(key)) seen.set(key, value);
  }
  return [...seen.values()];
}

function sortedFields(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** `btoa` and `atob`: of texts whose characters are bytes. */
function ofText(change: (text: string) => string): (text: string | undefined) => string | undefined {
  return (text) => {
    try {
      return text === undefined ? undefined : change(text);
    } catch {
      throw new Reject("A text can't be turned into base64, or back.");
    }
  };
}

function checkLength(length: number): void {
  if (length > TEXT_CHARS_MAX) throw new Reject("The mapping makes too long a text.");
}

function checkCount(count: number): void {
  if (count > ELEMENTS_MAX) throw new Reject("The mapping makes too long an array.");
}

/** What jsonata needs of a RegExp, by an engine that takes linear time. The pattern was looked at when it was compiled. */
class LinearMatcher {
  lastIndex = 0;
  private readonly pattern: Pattern;

  constructor({ source, flags }: RegExp) {
    this.pattern = cachedPattern(source, flags);
  }

  exec(text: string): ((string | undefined)[] & { index: number }) | null {
    const next = this.pattern.matches(text, Math.min(this.lastIndex, text.length)).next();
    this.lastIndex = next.done === true ? 0 : next.value.end;
    return next.done === true ? null : Object.assign([...next.value.groups], { index: next.value.start });
  }
}

/** jsonata makes a matcher each time that it comes to a pattern; expressions have few, and isolates few expressions. */
const PATTERNS_CACHED_MAX = 200;
const patterns = new Map<string, Pattern>();

function cachedPattern(source: string, flags: string): Pattern {
  const key = `${flags}/${source}`;
  const cached = patterns.get(key);
  if (cached !== undefined) return cached;
  const compiled = compileRegex(source, flags);
  if (!compiled.ok) throw new Reject(`The pattern /${source}/ ${compiled.message}.`);
  if (patterns.size >= PATTERNS_CACHED_MAX) patterns.clear();
  patterns.set(key, compiled.pattern);
  return compiled.pattern;
}

function compileRegex(source: string, flags: string) {
  const inline = Array.from(flags)
    .filter((flag) => flag === "i" || flag === "m")
    .join("");
  return compilePattern(inline === "" ? source : `(?${inline})${source}`);
}

/** What can be known to go wrong before an expression is evaluated. */
function faultOf(ast: unknown): string | undefined {
  for (const node of nodesOf(ast)) {
    if (node["type"] === "variable" && node["value"] === "eval") return "uses $eval, which is not there";
    const { value } = node;
    if (node["type"] !== "regex" || !(value instanceof RegExp)) continue;
    const compiled = compileRegex(value.source, value.flags);
    if (!compiled.ok) return `has the pattern /${value.source}/, which ${compiled.message}`;
  }
  return undefined;
}

/** Functions that make no texts or arrays but parts of what they are given. */
const SHRINKING = new Set(
  (
    "sum count max min average length substring substringBefore substringAfter contains number floor ceil round abs " +
    "sqrt power boolean not exists type lookup keys now millis toMillis fromMillis trim"
  ).split(" "),
);

/** Whether texts or arrays can come to be that the input does not hold. Looking at each costs as much as making it. */
function canGrow(ast: unknown): boolean {
  return nodesOf(ast).some(({ type, value, procedure }) => {
    if (type === "function") return !isShrinking(procedure);
    return (
      type === "lambda" ||
      type === "bind" ||
      type === "partial" ||
      type === "apply" ||
      value === "&" ||
      value === ".."
    );
  });
}

function isShrinking(procedure: unknown): boolean {
  return isObject(procedure) && procedure["type"] === "variable" && SHRINKING.has(String(procedure["value"]));
}

function nodesOf(ast: unknown): Record<string, unknown>[] {
  const nodes: Record<string, unknown>[] = [];
  const seen = new Set<unknown>();
  const ahead: unknown[] = [ast];
  while (ahead.length > 0) {
    const node = ahead.pop();
    if (typeof node !== "object" || node === null || seen.has(node) || node instanceof RegExp) continue;
    seen.add(node);
    if (!Array.isArray(node)) nodes.push(Object.fromEntries(Object.entries(node)));
    for (const child of Object.values(node)) ahead.push(child);
  }
  return nodes;
}

/** jsonata throws objects that are no errors: a code, a message, and where in the expression it was. */
function messageOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("message" in error)) return "can't be evaluated";
  const message = String(error.message).slice(0, 300);
  return "position" in error && typeof error.position === "number"
    ? `${message} (at character ${error.position})`
    : message;
}
