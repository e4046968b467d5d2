/** Users' modules, parsed: the one place that knows the parser. */
import { getLineInfo, parse, type Node } from "acorn";

/** Where a module can't be parsed, or does what a function may not. */
export interface CodeProblem {
  line: number;
  message: string;
}

export type ParsedModule = { ok: true; program: Node } | { ok: false; problem: CodeProblem };

export function parseModule(code: string): ParsedModule {
  try {
    const program = parse(code, {
      ecmaVersion: "latest",
      sourceType: "module",
      allowHashBang: false,
    });
    return { ok: true, program };
  } catch (error) {
    // Either is the parser's own stack: code of so many levels is no person's.
    if (error instanceof RangeError || /stack space/.test(String(error))) {
      return { ok: false, problem: { line: 1, message: "is nested too deeply" } };
    }
    if (!(error instanceof SyntaxError)) throw error;
    // acorn says the place at the end of its message, and as a member.
    const place: unknown = Reflect.get(error, "loc");
    const line: unknown =
      typeof place === "object" && place !== null ? Reflect.get(place, "line") : undefined;
    const message = error.message.replace(/ \(\d+:\d+\)$/, "");
    return { ok: false, problem: { line: typeof line === "number" ? line : 1, message } };
  }
}

/** A node's members, whatever it is. */
export function member(node: Node, name: string): unknown {
  return Reflect.get(node, name);
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

/** The nodes right below a node, in the order of their members. */
export function childrenOf(node: Node): Node[] {
  const children: Node[] = [];
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const each of value) if (isNode(each)) children.push(each);
    } else if (isNode(value)) children.push(value);
  }
  return children;
}

/** Every node in the order of the code, a parent before its children; with a stack of its own, so that no depth of code can overflow. */
export function* nodesOf(program: Node): Generator<Node> {
  const open = [program];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    yield node;
    for (const child of childrenOf(node).toReversed()) open.push(child);
  }
}

/** The line that a node begins in, from 1. Looked for when it is wanted: with every node's, a large module's tree is twice as large. */
export function lineOf(code: string, node: Node): number {
  return getLineInfo(code, node.start).line;
}
