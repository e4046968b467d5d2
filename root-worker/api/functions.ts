/** Functions: uploaded, looked at, brought back, invoked, deleted. */
import { z, type OpenAPIHono } from "@hono/zod-openapi";
import type { FunctionExample, FunctionSpec, StoredFunction } from "../../core/contracts/functions.ts";
import { jsonText } from "../../core/functions/answers.ts";
import type { FunctionUseTotal } from "../../core/contracts/function-uses.ts";
import { prepareFunction } from "../../core/functions/prepare.ts";
import type { App, RootEnv } from "../app.ts";
import { defined } from "../defined.ts";
import { openFunctionHost } from "../functions/open-host.ts";
import { runProblem } from "../functions/run-problem.ts";
import { countUse } from "../functions/uses.ts";
import { Problem } from "../problem.ts";
import { route } from "../route.ts";
import {
  FunctionAnswer,
  FunctionBody,
  FunctionParams,
  FunctionSummaryAnswer,
  FunctionVersionAnswer,
  InvokeAnswer,
  InvokeBody,
  Version,
} from "./function-schemas.ts";

const TAG = "Functions";
const PATH = "/v1/functions/{function}";

const summary = (description: string) => ({
  description,
  content: { "application/json": { schema: FunctionSummaryAnswer } },
});

const list = (name: string, description: string) => ({
  description,
  content: { "application/json": { schema: z.object({ [name]: z.array(FunctionSummaryAnswer) }) } },
});

export function functionRoutes(app: OpenAPIHono<App>): void {
  readRoutes(app);
  changeRoutes(app);
  versionRoutes(app);

  route(
    app,
    {
      method: "post",
      path: `${PATH}/invoke`,
      summary: "Call a function's `handle`",
      description: "422 with the function's own message, module and line where it throws.",
      tag: TAG,
      scope: "functions:run",
      params: FunctionParams,
      body: InvokeBody,
      example: { input: { iban: "GB82 WEST 1234 5698 7654 32" } },
      responses: {
        200: { description: "What it returned", content: { "application/json": { schema: InvokeAnswer } } },
      },
    },
    async (c, { params, body }) => {
      const { input, version } = body;
      const ref = defined({ name: params.function, version });
      const answer = await openFunctionHost(c.env).handle(ref, jsonText(input));
      countUse(c, params.function, "handle", answer);
      if (!answer.ok) throw runProblem(answer);
      const { value, usage } = answer;
      return c.json({
        result: value,
        version: answer.version,
        steps: usage.steps,
        tookMs: Date.now() - c.var.startedAt,
      });
    },
  );
}

function readRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: "/v1/functions",
      summary: "All functions",
      tag: TAG,
      scope: "functions:read",
      responses: { 200: list("functions", "The current version of each, by name") },
    },
    async (c) => c.json({ functions: await c.env.CATALOG.listFunctions() }),
  );

  route(
    app,
    {
      method: "get",
      path: PATH,
      summary: "A function",
      tag: TAG,
      scope: "functions:read",
      params: FunctionParams,
      query: z.strictObject({ version: Version.optional() }),
      responses: {
        200: {
          description: "The current version, or the one that is asked for, with its code",
          content: { "application/json": { schema: FunctionAnswer } },
        },
      },
    },
    async (c, { params, query }) => c.json(await storedFunction(c.env, params.function, query.version)),
  );
}

function changeRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "put",
      path: PATH,
      summary: "Upload a function",
      description:
        "It becomes the current version at once. The same code is the same version. 422 when it does not parse or load, exports nothing " +
        "known, or fails its examples, with each module and line; 413 when it is too large.",
      tag: TAG,
      scope: "functions:write",
      params: FunctionParams,
      body: FunctionBody,
      responses: { 200: summary("It was there, or has changed"), 201: summary("It was made") },
    },
    async (c, { params, body }) => {
      const { examples, ...code } = body;
      const spec: FunctionSpec = {
        ...code,
        // zod's optional properties may hold undefined; an example's may not.
        ...(examples === undefined
          ? {}
          : { examples: examples.map((each): FunctionExample => defined(each)) }),
      };
      const prepared = await prepareFunction(params.function, spec, c.env.LOADER);
      if (!prepared.ok) throw Problem.from(prepared);
      const put = await c.env.CATALOG.putFunction(params.function, prepared.declaration);
      if (!put.ok) throw Problem.from(put);
      return c.json(put.fn, put.created ? 201 : 200);
    },
  );

  route(
    app,
    {
      method: "delete",
      path: PATH,
      summary: "Delete a function",
      description: "With all its versions. 409 while a pipeline names it.",
      tag: TAG,
      scope: "functions:write",
      params: FunctionParams,
      responses: { 204: { description: "It is gone" } },
    },
    async (c, { params }) => {
      const answer = await c.env.CATALOG.deleteFunction(params.function);
      if (!answer.ok) throw Problem.from(answer);
      return c.body(null, 204);
    },
  );
}

function versionRoutes(app: OpenAPIHono<App>): void {
  route(
    app,
    {
      method: "get",
      path: `${PATH}/versions`,
      summary: "A function's versions",
      tag: TAG,
      scope: "functions:read",
      params: FunctionParams,
      responses: {
        200: {
          description:
            "Those that are kept, the one that became current last first, with what each was used for",
          content: { "application/json": { schema: z.object({ versions: z.array(FunctionVersionAnswer) }) } },
        },
      },
    },
    async (c, { params }) => {
      const [versions, uses] = await Promise.all([
        c.env.CATALOG.listFunctionVersions(params.function),
        c.env.CATALOG.functionUses(params.function),
      ]);
      if (versions.length === 0) throw unknownFunction(params.function);
      return c.json({
        versions: versions.map((each) => ({
          ...each,
          uses: uses.filter(({ version }) => version === each.version).map(withoutName),
        })),
      });
    },
  );

  route(
    app,
    {
      method: "post",
      path: `${PATH}/rollback`,
      summary: "Make a former version the current one",
      tag: TAG,
      scope: "functions:write",
      params: FunctionParams,
      body: z.strictObject({ version: Version }),
      example: { version: "0f3c9a1be2d45678" },
      responses: { 200: summary("The version that is current now") },
    },
    async (c, { params, body }) => {
      const answer = await c.env.CATALOG.rollbackFunction(params.function, body.version);
      if (!answer.ok) throw Problem.from(answer);
      return c.json(answer.fn);
    },
  );
}

async function storedFunction(env: RootEnv, name: string, version?: string): Promise<StoredFunction> {
  const stored = await env.CATALOG.getFunction(name, version);
  if (stored !== null) return stored;
  if (version === undefined || (await env.CATALOG.getFunctionSummary(name)) === null) {
    throw unknownFunction(name);
  }
  throw new Problem("unknown-version", `There is no version ${version} of "${name}".`);
}

function withoutName({ name: _name, version: _version, ...use }: FunctionUseTotal) {
  return use;
}

function unknownFunction(name: string): Problem {
  return new Problem("unknown-function", `There is no function "${name}".`);
}
