/**
 * Types of a filter over documents. Fields are declared, so what can never match is known before a document is met:
 * names that are not declared, and operands that don't go together. Literals are cast here to the type that they are
 * compared with, so that evaluation casts nothing: a date becomes epoch milliseconds.
 */
import type { FieldType } from "../collection.ts";
import { parseDate } from "../dates.ts";
import type {
  ArithmeticExpression,
  CallExpression,
  CesqlValue,
  ComparisonExpression,
  Expression,
  InExpression,
  LiteralExpression,
  PathExpression,
} from "./ast.ts";
import { Fault, quoted } from "./faults.ts";
import { findFunction, type CesqlFunction, type ValueType } from "./functions.ts";
import { castToBoolean, castToNumber } from "./values.ts";

/** Declared fields by dotted path. */
export type DocumentFields = Readonly<Record<string, FieldType>>;

type Kind = ValueType | "date";

interface Checked {
  node: Expression;
  kind: Kind;
}

const KIND_OF: Readonly<Record<FieldType, Kind>> = {
  text: "text",
  keyword: "text",
  number: "number",
  date: "date",
  boolean: "boolean",
};

const WANTED: Readonly<Record<Kind, string>> = {
  text: "a text",
  number: "a number",
  boolean: "a boolean",
  date: "a date such as '2026-01-31'",
};

/** Names listed in a message: enough to find a slip of the pen, and not a whole catalogue. */
const LISTED_MAX = 20;

/** The expression with its literals cast. Throws a Fault where it can't be a filter over these fields. */
export function checkDocumentExpression(expression: Expression, fields: DocumentFields): Expression {
  return coerce(check(expression, fields), "boolean", fields, "A filter");
}

function check(node: Expression, fields: DocumentFields): Checked {
  switch (node.kind) {
    case "literal":
      return { node, kind: kindOfValue(node.value) };
    case "path":
      return { node, kind: KIND_OF[typeOfField(node, fields)] };
    case "exists":
      typeOfField(node.operand, fields);
      return { node, kind: "boolean" };
    case "not":
      return { node: { ...node, operand: checkAs(node.operand, "boolean", fields, "NOT") }, kind: "boolean" };
    case "negate":
      return { node: { ...node, operand: checkAs(node.operand, "number", fields, "-") }, kind: "number" };
    case "logic": {
      const operands = node.operands.map((operand) => checkAs(operand, "boolean", fields, node.operator));
      return { node: { ...node, operands }, kind: "boolean" };
    }
    case "arithmetic":
      return checkArithmetic(node, fields);
    case "comparison":
      return checkComparison(node, fields);
    case "like":
      return { node: { ...node, operand: checkAsText(node.operand, fields, "LIKE") }, kind: "boolean" };
    case "in":
      return checkIn(node, fields);
    case "call":
      return checkCall(node, fields);
  }
}

function checkArithmetic(node: ArithmeticExpression, fields: DocumentFields): Checked {
  const left = checkAs(node.left, "number", fields, node.operator);
  const right = checkAs(node.right, "number", fields, node.operator);
  return { node: { ...node, left, right }, kind: "number" };
}

function checkComparison(node: ComparisonExpression, fields: DocumentFields): Checked {
  const left = check(node.left, fields);
  const right = check(node.right, fields);
  const [decisive, other] = left.node.kind === "literal" ? [right, left] : [left, right];
  const ordered = node.operator !== "=" && node.operator !== "!=";
  if (ordered && decisive.kind === "boolean") {
    const what = describe(decisive, fields);
    throw new Fault(
      "type",
      decisive.node.position,
      `${node.operator} needs numbers, dates or texts, but ${what}`,
    );
  }
  const cast = coerce(other, decisive.kind, fields, comparisonWith(decisive.node));
  const sides = decisive === left ? { left: left.node, right: cast } : { left: cast, right: right.node };
  return { node: { ...node, ...sides }, kind: "boolean" };
}

/** The operand decides on the type, unless it is a literal and an element is not. */
function checkIn(node: InExpression, fields: DocumentFields): Checked {
  const operand = check(node.operand, fields);
  const elements = node.elements.map((element) => check(element, fields));
  const variable = elements.find((element) => element.node.kind !== "literal");
  const decisive = operand.node.kind === "literal" ? (variable ?? operand) : operand;
  const cast = (checked: Checked): Expression =>
    coerce(checked, decisive.kind, fields, comparisonWith(decisive.node));
  return { node: { ...node, operand: cast(operand), elements: elements.map(cast) }, kind: "boolean" };
}

function checkCall(node: CallExpression, fields: DocumentFields): Checked {
  const found = findFunction(node.name, node.arguments.length);
  if ("missing" in found) throw new Fault("missingFunction", node.position, found.missing);
  const callArguments = node.arguments.map((argument, index) => {
    if (takesText(found, index)) return checkAsText(argument, fields, node.name);
    if (found.takes !== "any") return checkAs(argument, "number", fields, node.name);
    // A date is a number underneath: INT makes it one that can be calculated with.
    return node.name === "INT" ? check(argument, fields).node : checkAsText(argument, fields, node.name);
  });
  return { node: { ...node, arguments: callArguments }, kind: found.returns };
}

function takesText(called: CesqlFunction, index: number): boolean {
  return called.takes === "texts" || (called.takes.startsWith("text") && index === 0);
}

function checkAs(node: Expression, kind: Kind, fields: DocumentFields, owner: string): Expression {
  return coerce(check(node, fields), kind, fields, owner);
}

/** Numbers and booleans have one form as text; a date has many. */
function checkAsText(node: Expression, fields: DocumentFields, owner: string): Expression {
  const checked = check(node, fields);
  return checked.kind === "date" ? coerce(checked, "text", fields, owner) : checked.node;
}

function coerce(checked: Checked, kind: Kind, fields: DocumentFields, owner: string): Expression {
  const { node } = checked;
  if (checked.kind === kind) return node;
  if (node.kind === "literal") {
    const value = castLiteral(node, kind);
    if (value !== undefined) return { ...node, value };
  }
  // Epoch milliseconds that are calculated; a field of numbers beside a date is more likely a mistake.
  if (kind === "date" && checked.kind === "number" && node.kind !== "path") return node;
  const advice = kind === "text" && node.kind === "literal" ? ": put it in quotes" : "";
  const message = `${owner} needs ${WANTED[kind]}, but ${describe(checked, fields)}${advice}`;
  throw new Fault("type", node.position, message);
}

function castLiteral({ value }: LiteralExpression, kind: Kind): CesqlValue | undefined {
  switch (kind) {
    case "number":
      return typeof value === "string" ? castToNumber(value) : undefined;
    case "boolean":
      return castToBoolean(value);
    case "date":
      if (typeof value === "number") return value;
      return typeof value === "string" ? parseDate(value) : undefined;
    case "text":
      return undefined;
  }
}

function kindOfValue(value: CesqlValue): Kind {
  return typeof value === "string" ? "text" : typeof value === "number" ? "number" : "boolean";
}

function typeOfField(node: PathExpression, fields: DocumentFields): FieldType {
  const name = node.path.join(".");
  const type = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (type !== undefined) return type;
  const names = Object.keys(fields);
  const dashed = names.find((candidate) => candidate.startsWith(`${name}-`));
  const listed = names.slice(0, LISTED_MAX).join(", ") + (names.length > LISTED_MAX ? " …" : "");
  const advice =
    dashed === undefined
      ? `the declared ones are ${listed}`
      : `a name with '-' goes in backticks: \`${dashed}\``;
  throw new Fault("unknownName", node.position, `There is no field ${quoted(name)}; ${advice}`);
}

function comparisonWith(node: Expression): string {
  return node.kind === "path" ? `A comparison with ${node.path.join(".")}` : "This comparison";
}

function describe({ node, kind }: Checked, fields: DocumentFields): string {
  if (node.kind === "path") return `${node.path.join(".")} is a ${typeOfField(node, fields)}`;
  if (node.kind !== "literal") return `this is a ${kind}`;
  return `${typeof node.value === "string" ? quoted(node.value) : String(node.value)} is a ${kind}`;
}
