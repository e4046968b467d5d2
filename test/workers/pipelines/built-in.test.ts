/** The built-in decorators do in workerd what their examples say, with its clock, its crypto and its time zones. */
import { describe, expect, it } from "vitest";
import { BUILT_IN } from "../../../decorators/built-in/index.ts";
import { dataOf } from "../../unit/decorators/prepare.ts";
import { expectExample } from "../../unit/decorators/run-example.ts";

describe.each(BUILT_IN)("$name", (decorator) => {
  it.each(decorator.examples)("$shows", async (example) => {
    await expectExample(decorator, example);
  });
});

it("base64 in a mapping needs nothing of Node", async () => {
  const expression = '{"to": $base64encode(a), "from": $base64decode($base64encode(a))}';

  expect(await dataOf("map", { expression }, { a: "text" })).toEqual({ to: "dGV4dA==", from: "text" });
});
