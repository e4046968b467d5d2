/**
 * Makes a user's module count its steps: every loop turn and every entry into a function takes from a counter, and throws when
 * there is nothing left. The counter then stays empty, so that code that catches what was thrown gets no further than to its next
 * loop turn or call.
 *
 * A local run needs this: there all Workers are one process with one thread, which an endless loop would keep for ever.
 * Deployed, the platform's CPU limit ends what this can't see.
 *
 * Nothing is moved and no line is added, so that lines in stacks are those of the code as it was uploaded.
 */
import type { Node } from "acorn";
import { importOf, resolveImport } from "./imports.ts";
import { FUEL_NAME, HARNESS_FOLDER, PLATFORM_IMPORT, USER_FOLDER } from "./layout.ts";
import { childrenOf, isNode, member, nodesOf, parseModule } from "./parse-module.ts";

/** Rises with each change of what is made of the same code. */
export const INSTRUMENT_VERSION = 3;

interface Insertion {
  at: number;
  text: string;
  /** What is there is replaced up to here. */
  until?: number;
}

const LOOPS = new Set([
  "ForStatement",
  "ForInStatement",
  "ForOfStatement",
  "WhileStatement",
  "DoWhileStatement",
]);
const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/** Code that can't be parsed stays as it is: the isolate says what is wrong with it. */
export function instrument(path: string, code: string): string {
  const parsed = parseModule(code);
  if (!parsed.ok) return code;
  const insertions: Insertion[] = [];
  let importsOwn = false;
  for (const node of nodesOf(parsed.program)) {
    const specifier = importOf(node)?.specifier;
    if (specifier !== undefined && specifier !== PLATFORM_IMPORT) importsOwn = true;
    insertAround(node, path, insertions);
  }
  return header(importsOwn) + applied(code, insertions);
}

/**
 * Where the counter comes from. A constant of the module is what V8 compiles to next to nothing, and an imported name costs several
 * times a short turn. But a constant is not there yet when a circle of imports calls into the module before its first line, so that a
 * module that could be in one counts by the imported name.
 */
function header(importsOwn: boolean): string {
  const from = `from"/${HARNESS_FOLDER}/fuel.js";`;
  return importsOwn
    ? `import{${FUEL_NAME}}${from}`
    : `import{${FUEL_NAME} as ${FUEL_NAME}Imported}${from}const ${FUEL_NAME}=${FUEL_NAME}Imported;`;
}

function insertAround(node: Node, path: string, insertions: Insertion[]): void {
  const imported = importOf(node);
  if (imported?.specifier !== undefined) {
    const resolved = resolveImport(imported.specifier, path);
    const target =
      resolved === PLATFORM_IMPORT ? `/${HARNESS_FOLDER}/umbel.js` : `/${USER_FOLDER}/${resolved ?? ""}`;
    insertions.push({ at: imported.start, until: imported.end, text: JSON.stringify(target) });
    return;
  }
  const isLoop = LOOPS.has(node.type);
  if (isLoop || FUNCTIONS.has(node.type)) {
    const body = member(node, "body");
    if (isNode(body)) insertInto(body, isLoop, weightOf(node), insertions);
  }
  for (const spread of spreadIn(node)) {
    insertions.push({ at: spread.start, text: `${FUEL_NAME}.s(` }, { at: spread.end, text: ")" });
  }
}

/** What is spread into a list, or into a call. (Into an object, no more is made than there is.) */
function spreadIn(node: Node): Node[] {
  const list =
    node.type === "ArrayExpression"
      ? member(node, "elements")
      : node.type === "CallExpression" || node.type === "NewExpression"
        ? member(node, "arguments")
        : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((each) => {
    const spread = isNode(each) && each.type === "SpreadElement" ? member(each, "argument") : undefined;
    return isNode(spread) ? [spread] : [];
  });
}

function insertInto(body: Node, isLoop: boolean, weight: number, insertions: Insertion[]): void {
  const spent = weight === 1 ? `--${FUEL_NAME}.n<0` : `(${FUEL_NAME}.n-=${weight})<0`;
  const statement = `if(${spent})${FUEL_NAME}.x();`;
  if (body.type === "BlockStatement") {
    insertions.push({ at: body.start + 1, text: statement });
  } else if (isLoop) {
    insertions.push({ at: body.start, text: `{${statement}` }, { at: body.end, text: "}" });
  } else {
    insertions.push({ at: body.start, text: `(${spent}&&${FUEL_NAME}.x(),` }, { at: body.end, text: ")" });
  }
}

/** Parts of what is allocated that count as one step. */
const PARTS_PER_STEP = 4;

/**
 * The steps of one turn or call: one, and more where its own code makes much anew, since that is what fills the memory. Inner
 * loops and functions count for themselves.
 */
function weightOf(node: Node): number {
  let parts = 0;
  const open = childrenOf(node);
  for (let inner = open.pop(); inner !== undefined; inner = open.pop()) {
    parts += partsOf(inner);
    if (!LOOPS.has(inner.type) && !FUNCTIONS.has(inner.type)) open.push(...childrenOf(inner));
  }
  return 1 + Math.floor(parts / PARTS_PER_STEP);
}

function partsOf(node: Node): number {
  switch (node.type) {
    case "ArrayExpression":
      return 1 + lengthOf(member(node, "elements"));
    case "ObjectExpression":
      return 1 + lengthOf(member(node, "properties"));
    case "NewExpression":
    case "TemplateLiteral":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      return 1;
    default:
      return 0;
  }
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}

/** The code with all insertions. At one place the outer node's comes first, both where they begin and, reversed, where they end. */
function applied(code: string, insertions: Insertion[]): string {
  const ordered = insertions
    .map((insertion, order) => ({ ...insertion, order }))
    .toSorted((a, b) => a.at - b.at || compareAtOnePlace(a, b));
  let made = "";
  let from = 0;
  for (const { at, text, until } of ordered) {
    made += code.slice(from, at) + text;
    from = until ?? at;
  }
  return made + code.slice(from);
}

function compareAtOnePlace(a: Insertion & { order: number }, b: Insertion & { order: number }): number {
  const [aEnds, bEnds] = [isEnd(a), isEnd(b)];
  if (aEnds !== bEnds) return aEnds ? -1 : 1;
  return aEnds ? b.order - a.order : a.order - b.order;
}

function isEnd({ text }: Insertion): boolean {
  return text === "}" || text === ")";
}
