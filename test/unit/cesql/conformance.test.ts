/** The CloudEvents project's conformance suite for CESQL: every case of every file. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isScalar, parseDocument, visit } from "yaml";
import { describe, expect, it } from "vitest";
import { evaluateEvent, eventPredicate, parseCesql } from "../../../core/cesql/index.ts";

interface Suite {
  name: string;
  tests: Case[];
}

interface Case {
  name: string;
  expression: string;
  result?: boolean | number | string;
  error?: string;
  event?: Record<string, unknown>;
  eventOverrides?: Record<string, unknown>;
}

const folder = join(import.meta.dirname, "../../cesql-tck");
const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));

const anyEvent = {
  specversion: "1.0",
  id: "anId",
  source: "https://example.com/source",
  type: "com.example.type",
};

describe("the conformance suite", () => {
  it("is complete", () => {
    expect(files).toHaveLength(18);
  });
});

for (const file of files) {
  const suite = readSuite(readFileSync(join(folder, file), "utf8"));
  describe(suite.name, () => {
    for (const test of suite.tests) it(`${test.name}: ${test.expression}`, () => check(test));
  });
}

/** An expression is text, also where YAML would read a boolean or a number: `expression: TRUE`. */
function readSuite(text: string): Suite {
  const document = parseDocument(text);
  visit(document, {
    Pair(_, { key, value }) {
      if (isScalar(key) && key.value === "expression" && isScalar(value)) value.value = value.source;
    },
  });
  // The cast holds for the suite's documented format, and a case that lacks something of it fails below.
  return document.toJS() as Suite;
}

function check({ expression: text, result, error, event, eventOverrides }: Case): void {
  const parsed = parseCesql(text);
  if (error === "parse") {
    expect(parsed).toMatchObject({ ok: false, code: "parse" });
    return;
  }
  if (!parsed.ok) throw new Error(parsed.message);
  const input = { ...(event ?? anyEvent), ...eventOverrides };
  const { value, errors } = evaluateEvent(parsed.expression, input);
  expect(errors.map(({ code }) => code)).toEqual(error === undefined ? [] : [error]);
  expect(value).toBe(result);
  expect(eventPredicate(parsed.expression)(input)).toBe(error === undefined && result === true);
}
