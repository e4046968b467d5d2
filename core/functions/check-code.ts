/** What can be said of a function's code without running it. */
import type { FunctionSpec } from "../contracts/functions.ts";
import { failure, type Failure, type FieldError } from "../errors.ts";
import { importOf, resolveImport } from "./imports.ts";
import { FUEL_NAME, PLATFORM_IMPORT } from "./layout.ts";
import {
  CODE_BYTES_MAX,
  CODE_ROW_BYTES_MAX,
  EXAMPLES_BYTES_MAX,
  MODULES_MAX,
  MODULE_PATH_CHARS_MAX,
} from "./limits.ts";
import { lineOf, member, nodesOf, parseModule } from "./parse-module.ts";
import { patternProblem } from "./slow-pattern.ts";

/** Steps of letters, digits, `_`, `-` and dots that don't begin with a dot; of JavaScript alone. */
const MODULE_PATH = /^(?:[A-Za-z0-9_-][A-Za-z0-9_.-]*\/)*[A-Za-z0-9_-][A-Za-z0-9_.-]*\.m?js$/;

export interface CheckedCode {
  codeBytes: number;
  /** What may be slow, with its place: `index.js:3: …`. */
  warnings: string[];
}

/** Everything that is wrong with the code, by module and line: `modules.index.js:3`. */
export function checkCode({ modules, main, examples }: FunctionSpec): ({ ok: true } & CheckedCode) | Failure {
  const paths = Object.keys(modules);
  if (paths.length > MODULES_MAX) {
    return failure("function-too-many-modules", `A function has at most ${MODULES_MAX} modules.`);
  }
  const codeBytes = bytesOf(Object.values(modules).join(""));
  if (codeBytes > CODE_BYTES_MAX || bytesOf(JSON.stringify(modules)) > CODE_ROW_BYTES_MAX) {
    const message = `A function has at most ${CODE_BYTES_MAX} bytes of code, and this has ${codeBytes}.`;
    return failure("function-code-too-large", message);
  }
  if (bytesOf(JSON.stringify(examples ?? [])) > EXAMPLES_BYTES_MAX) {
    return failure("too-large", `A function's examples have at most ${EXAMPLES_BYTES_MAX} bytes of JSON.`);
  }
  const errors: FieldError[] = [];
  const warnings: string[] = [];
  for (const path of paths) {
    if (!MODULE_PATH.test(path) || path.length > MODULE_PATH_CHARS_MAX) {
      const message = `must be a path such as index.js or lib/words.js, of at most ${MODULE_PATH_CHARS_MAX} characters`;
      errors.push({ path: `modules.${path}`, message });
    }
  }
  if (!Object.hasOwn(modules, main)) {
    errors.push({ path: "main", message: `there is no module ${JSON.stringify(main)}` });
  }
  for (const [path, code] of Object.entries(modules)) {
    errors.push(...moduleProblems(path, code, modules, warnings));
  }
  if (errors.length === 0) return { ok: true, codeBytes, warnings };
  const shown = errors.slice(0, ERRORS_MAX);
  return failure("invalid-function", shown.map(sayError).join("; "), shown);
}

/** Faults that are named: a module of a million of them is not answered with a million lines. */
const ERRORS_MAX = 20;
/** They are kept with the version. */
const WARNINGS_MAX = 10;

export function sayError({ path, message }: FieldError): string {
  return path === "" ? message : `${path.replace(/^modules\./, "")}: ${message}`;
}

function moduleProblems(
  path: string,
  code: string,
  modules: FunctionSpec["modules"],
  warnings: string[],
): FieldError[] {
  const parsed = parseModule(code);
  if (!parsed.ok) {
    return [{ path: `modules.${path}:${parsed.problem.line}`, message: parsed.problem.message }];
  }
  const errors: FieldError[] = [];
  for (const node of nodesOf(parsed.program)) {
    const imported = importOf(node);
    const message =
      imported === undefined
        ? nameProblem(node.type, member(node, "name"))
        : importProblem(
            imported.specifier,
            member(node, "attributes") ?? member(node, "options"),
            path,
            modules,
          );
    if (message !== undefined && errors.length < ERRORS_MAX) {
      errors.push({ path: `modules.${path}:${lineOf(code, node)}`, message });
    }
    const regex = member(node, "regex");
    const slow = regex === undefined ? undefined : patternProblem(regex);
    if (slow !== undefined && warnings.length < WARNINGS_MAX)
      warnings.push(`${path}:${lineOf(code, node)}: ${slow}`);
  }
  return errors;
}

function nameProblem(type: string, name: unknown): string | undefined {
  const isReserved = type === "Identifier" && typeof name === "string" && name.startsWith(FUEL_NAME);
  return isReserved ? `names that begin with ${FUEL_NAME} belong to the platform` : undefined;
}

function importProblem(
  specifier: string | undefined,
  attributes: unknown,
  from: string,
  modules: FunctionSpec["modules"],
): string | undefined {
  if (specifier === undefined) return "import() takes a plain text, so that what it imports is known";
  if (Array.isArray(attributes) ? attributes.length > 0 : attributes !== undefined && attributes !== null) {
    return "imports have no attributes: a function's modules are JavaScript";
  }
  const resolved = resolveImport(specifier, from);
  if (resolved === PLATFORM_IMPORT && specifier === PLATFORM_IMPORT) return undefined;
  if (resolved !== undefined && Object.hasOwn(modules, resolved)) return undefined;
  return /^(?:node|cloudflare|workerd):/.test(specifier)
    ? `imports ${JSON.stringify(specifier)}: a function has nothing of the runtime's modules`
    : `imports ${JSON.stringify(specifier)}, which is not there: a function has its own modules, by relative paths, and "${PLATFORM_IMPORT}"`;
}

function bytesOf(text: string): number {
  return new TextEncoder().encode(text).length;
}
