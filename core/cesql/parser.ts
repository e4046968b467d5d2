/**
 * CESQL's grammar by recursive descent. Precedence is the specification's (section 3.6), which is not SQL's: NOT and
 * `-` bind tightest, then LIKE and IN, then arithmetic, then comparisons, then AND, OR and XOR, all three alike and
 * from the left.
 */
import {
  walk,
  type ArithmeticOperator,
  type ComparisonOperator,
  type Expression,
  type LogicExpression,
  type LogicOperator,
  type PathExpression,
} from "./ast.ts";
import { attempt, Fault, type CompileFailure } from "./faults.ts";
import { describeToken, tokenize, type Keyword, type SymbolText, type Token } from "./lexer.ts";

/** 8 Ki UTF-16 code units: more than a person writes, little enough to parse and to run for every event. */
export const TEXT_LENGTH_MAX = 8_192;

/** How deep an expression may nest: parser, checker, compiler and evaluation all recurse once a level. */
export const NESTING_DEPTH_MAX = 100;

/** Elements of an IN list. */
export const IN_LIST_MAX = 1_000;

/** A LIKE pattern: its matcher has a table of the square of this, in bits. */
export const PATTERN_LENGTH_MAX = 1_024;

/** Parses a CESQL text. Never throws, and takes time in proportion to the text, whatever the text. */
export function parseCesql(text: string): { ok: true; expression: Expression } | CompileFailure {
  return attempt(() => {
    if (text.length > TEXT_LENGTH_MAX) {
      throw new Fault("parse", TEXT_LENGTH_MAX, `An expression has at most ${TEXT_LENGTH_MAX} characters`);
    }
    const expression = new Parser(text).parse();
    // Chains such as 1 + 1 + … nest without recursion in the parser.
    for (const { node, depth } of walk(expression)) {
      if (depth > NESTING_DEPTH_MAX) throw tooDeep(node.position);
    }
    return { expression };
  });
}

type BinaryOperator =
  | { level: 4 | 3; kind: "arithmetic"; operator: ArithmeticOperator }
  | { level: 2; kind: "comparison"; operator: ComparisonOperator }
  | { level: 1; kind: "logic"; operator: LogicOperator };

const BINARY_SYMBOLS: Readonly<Partial<Record<SymbolText, BinaryOperator>>> = {
  "*": { level: 4, kind: "arithmetic", operator: "*" },
  "/": { level: 4, kind: "arithmetic", operator: "/" },
  "%": { level: 4, kind: "arithmetic", operator: "%" },
  "+": { level: 3, kind: "arithmetic", operator: "+" },
  "-": { level: 3, kind: "arithmetic", operator: "-" },
  "=": { level: 2, kind: "comparison", operator: "=" },
  "!=": { level: 2, kind: "comparison", operator: "!=" },
  "<>": { level: 2, kind: "comparison", operator: "!=" },
  "<": { level: 2, kind: "comparison", operator: "<" },
  "<=": { level: 2, kind: "comparison", operator: "<=" },
  ">": { level: 2, kind: "comparison", operator: ">" },
  ">=": { level: 2, kind: "comparison", operator: ">=" },
};

const LOGIC_KEYWORDS: Readonly<Partial<Record<Keyword, BinaryOperator>>> = {
  AND: { level: 1, kind: "logic", operator: "AND" },
  OR: { level: 1, kind: "logic", operator: "OR" },
  XOR: { level: 1, kind: "logic", operator: "XOR" },
};

/** SQL that CESQL lacks, and what to write for it. */
const SQL_HINTS = new Map([
  ["IS", "; EXISTS name tells whether it is there"],
  ["BETWEEN", "; write name >= low AND name <= high"],
  ["ILIKE", "; write LOWER(name) LIKE 'pattern'"],
]);

class Parser {
  private readonly text: string;
  private readonly tokens: readonly Token[];
  private index = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
    this.tokens = tokenize(text);
  }

  parse(): Expression {
    const expression = this.binary(1);
    if (this.peek().kind !== "end") throw this.unexpected("an operator or the end");
    return expression;
  }

  /** Operands joined by operators of this level or tighter ones, from the left. */
  private binary(level: number): Expression {
    const position = this.peek().position;
    let left = this.matched();
    // The chain that `left` is, if it was made here: (a AND b) AND c keeps its parentheses as a node of its own.
    let chain: LogicExpression | undefined;
    for (
      let next = this.binaryOperator();
      next !== undefined && next.level >= level;
      next = this.binaryOperator()
    ) {
      this.index++;
      const right = this.binary(next.level + 1);
      const span = { position, end: this.end() };
      if (next.kind === "arithmetic") {
        left = { ...span, kind: "arithmetic", operator: next.operator, left, right };
      } else if (next.kind === "comparison") {
        left = { ...span, kind: "comparison", operator: next.operator, left, right };
      } else if (chain?.operator === next.operator) {
        chain.operands.push(right);
        chain.end = span.end;
      } else {
        left = chain = { ...span, kind: "logic", operator: next.operator, operands: [left, right] };
      }
    }
    return left;
  }

  private binaryOperator(): BinaryOperator | undefined {
    const token = this.peek();
    if (token.kind === "symbol") return BINARY_SYMBOLS[token.symbol];
    return token.kind === "keyword" ? LOGIC_KEYWORDS[token.keyword] : undefined;
  }

  /** An operand with the LIKE and IN that follow it. */
  private matched(): Expression {
    const position = this.peek().position;
    let operand = this.unary();
    for (;;) {
      const negated = this.takeKeyword("NOT");
      if (this.takeKeyword("LIKE")) {
        const pattern = this.pattern();
        operand = { kind: "like", operand, pattern, negated, position, end: this.end() };
      } else if (this.takeKeyword("IN")) {
        const elements = this.list("IN", IN_LIST_MAX);
        operand = { kind: "in", operand, elements, negated, position, end: this.end() };
      } else if (negated) {
        throw this.unexpected("LIKE or IN after NOT");
      } else {
        return operand;
      }
    }
  }

  private pattern(): string {
    const token = this.peek();
    if (token.kind !== "string") throw this.unexpected("a string in quotes after LIKE");
    if (token.value.length > PATTERN_LENGTH_MAX) {
      throw new Fault("parse", token.position, `A pattern has at most ${PATTERN_LENGTH_MAX} characters`);
    }
    this.index++;
    return token.value;
  }

  private unary(): Expression {
    const token = this.peek();
    if (this.takeKeyword("NOT")) {
      const operand = this.nested(() => this.unary());
      return { kind: "not", operand, position: token.position, end: this.end() };
    }
    if (!this.takeSymbol("-")) return this.primary();
    const number = this.peek();
    if (number.kind === "number") {
      this.index++;
      // 0 - x, since -x would make a negative zero.
      return { ...number, kind: "literal", value: 0 - number.value, position: token.position };
    }
    const operand = this.nested(() => this.unary());
    return { kind: "negate", operand, position: token.position, end: this.end() };
  }

  private primary(): Expression {
    const token = this.peek();
    const { position, end } = token;
    if (this.takeSymbol("(")) return this.parenthesized(position);
    if (this.takeSymbol("+")) return this.positiveNumber(position);
    if (this.takeKeyword("EXISTS"))
      return { kind: "exists", operand: this.path(), position, end: this.end() };
    if (this.takeKeyword("TRUE")) return { kind: "literal", value: true, decimal: false, position, end };
    if (this.takeKeyword("FALSE")) return { kind: "literal", value: false, decimal: false, position, end };
    switch (token.kind) {
      case "number":
        this.index++;
        return { kind: "literal", value: token.value, decimal: token.decimal, position, end };
      case "string":
        this.index++;
        return { kind: "literal", value: token.value, decimal: false, position, end };
      case "path":
        return this.pathOrCall();
      case "keyword":
      case "symbol":
      case "end":
        throw this.unexpected("a value");
    }
  }

  private parenthesized(position: number): Expression {
    const expression = this.nested(() => this.binary(1));
    if (!this.takeSymbol(")"))
      throw this.unexpected(`an operator, or the ')' for the '(' at position ${position}`);
    return expression;
  }

  /** A sign belongs to the number after it; there is no unary plus. */
  private positiveNumber(position: number): Expression {
    const token = this.peek();
    if (token.kind !== "number") throw this.unexpected("a number after '+'");
    this.index++;
    return { kind: "literal", value: token.value, decimal: token.decimal, position, end: token.end };
  }

  private path(): PathExpression {
    const token = this.peek();
    if (token.kind !== "path") throw this.unexpected("a name after EXISTS");
    this.index++;
    return { kind: "path", path: token.path, position: token.position, end: token.end };
  }

  private pathOrCall(): Expression {
    const token = this.peek();
    const path = this.path();
    const next = this.peek();
    if (next.kind !== "symbol" || next.symbol !== "(") return path;
    const [name = ""] = path.path;
    if (token.kind !== "path" || !token.bare || !/^[A-Za-z][A-Za-z_]*$/.test(name)) {
      throw this.unexpected("an operator or the end: only a function's name stands before '('");
    }
    const callArguments = this.list(name, Infinity, true);
    return {
      kind: "call",
      name: name.toUpperCase(),
      arguments: callArguments,
      position: path.position,
      end: this.end(),
    };
  }

  /** Expressions between parentheses. The text's length bounds a list that has no other bound. */
  private list(owner: string, lengthMax: number, mayBeEmpty = false): Expression[] {
    const open = this.peek().position;
    if (!this.takeSymbol("(")) throw this.unexpected(`'(' after ${owner}`);
    const items: Expression[] = [];
    if (mayBeEmpty && this.takeSymbol(")")) return items;
    do {
      if (items.length >= lengthMax) {
        throw new Fault("parse", this.peek().position, `A list has at most ${lengthMax} elements`);
      }
      items.push(this.nested(() => this.binary(1)));
    } while (this.takeSymbol(","));
    if (!this.takeSymbol(")"))
      throw this.unexpected(`an operator, ',' or the ')' for the '(' at position ${open}`);
    return items;
  }

  private nested<T>(parse: () => T): T {
    this.depth++;
    if (this.depth > NESTING_DEPTH_MAX) throw tooDeep(this.peek().position);
    const result = parse();
    this.depth--;
    return result;
  }

  private takeKeyword(keyword: Keyword): boolean {
    const token = this.peek();
    const found = token.kind === "keyword" && token.keyword === keyword;
    if (found) this.index++;
    return found;
  }

  private takeSymbol(symbol: SymbolText): boolean {
    const token = this.peek();
    const found = token.kind === "symbol" && token.symbol === symbol;
    if (found) this.index++;
    return found;
  }

  private peek(): Token {
    return this.tokens[this.index] ?? { kind: "end", position: this.text.length, end: this.text.length };
  }

  /** Where the token ends that was taken last. */
  private end(): number {
    return this.tokens[this.index - 1]?.end ?? 0;
  }

  private unexpected(expected: string): Fault {
    const token = this.peek();
    const word = token.kind === "path" && token.bare ? token.path[0]?.toUpperCase() : undefined;
    const hint = SQL_HINTS.get(word ?? "") ?? "";
    const found = describeToken(token, this.text);
    return new Fault("parse", token.position, `Expected ${expected}, but found ${found}${hint}`);
  }
}

function tooDeep(position: number): Fault {
  return new Fault("parse", position, `An expression nests at most ${NESTING_DEPTH_MAX} levels deep`);
}
