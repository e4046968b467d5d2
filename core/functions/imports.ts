/** What a module imports, and which of a function's modules that is. */
import type { Node } from "acorn";
import { PLATFORM_IMPORT } from "./layout.ts";
import { isNode, member } from "./parse-module.ts";

export interface ImportedModule {
  /** Where the text of the specifier is, its quotes included. */
  start: number;
  end: number;
  /** Undefined: it is no plain text, and could be anything at run time. */
  specifier?: string;
}

const IMPORTING = new Set([
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
]);

/** The module that a node imports; undefined: it is no import. */
export function importOf(node: Node): ImportedModule | undefined {
  if (!IMPORTING.has(node.type)) return undefined;
  const source = member(node, "source");
  if (!isNode(source)) return undefined;
  const specifier = source.type === "Literal" ? member(source, "value") : undefined;
  const { start, end } = source;
  return typeof specifier === "string" ? { start, end, specifier } : { start, end };
}

/**
 * The path of the module that a specifier names: relative to the module that names it, and exact. Undefined: it is neither
 * relative nor the platform's module.
 */
export function resolveImport(specifier: string, from: string): string | undefined {
  if (specifier === PLATFORM_IMPORT) return PLATFORM_IMPORT;
  if (!/^\.\.?\//.test(specifier)) return undefined;
  const path = from.split("/").slice(0, -1);
  for (const step of specifier.split("/")) {
    if (step === "..") {
      if (path.pop() === undefined) return undefined;
    } else if (step !== ".") path.push(step);
  }
  return path.join("/");
}
