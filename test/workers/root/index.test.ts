import { expect, it } from "vitest";
import { workerUnderTest } from "../under-test.ts";

const { exports } = workerUnderTest<RootBindings, typeof import("../../../root-worker/index.ts")>();

it("says without a key that it is healthy", async () => {
  const response = await exports.default.fetch("http://umbel.test/v1/health");

  expect(response.status).toBe(200);
});

it("answers an unknown path with a problem", async () => {
  const response = await exports.default.fetch("http://umbel.test/v1/nowhere", {
    headers: { authorization: "Bearer test-key" },
  });

  expect(response.status).toBe(404);
  expect(response.headers.get("content-type")).toMatch("application/problem+json");
});

interface Operation {
  responses: Record<string, { content?: object }>;
}

it("documents of every error what is answered", async () => {
  const response = await exports.default.fetch("http://umbel.test/openapi.json");
  const { paths } = await response.json<{ paths: Record<string, Record<string, Operation>> }>();
  const undescribed = Object.entries(paths).flatMap(([path, operations]) =>
    Object.values(operations).flatMap(({ responses }) =>
      Object.entries(responses).flatMap(([status, { content }]) =>
        Number(status) >= 400 && content === undefined ? [`${path} ${status}`] : [],
      ),
    ),
  );

  expect(Object.keys(paths)).toContain("/v1/identity/challenges/{challenge}/verify");
  expect(undescribed).toEqual([]);
});

interface Schema {
  allOf?: { $ref?: string }[];
  additionalProperties?: unknown;
}

it("documents no answer as an extension of what takes no other fields, which nothing could be", async () => {
  const response = await exports.default.fetch("http://umbel.test/openapi.json");
  const { components } = await response.json<{ components: { schemas: Record<string, Schema> } }>();
  const { schemas } = components;
  const impossible = Object.entries(schemas).flatMap(([name, { allOf = [] }]) =>
    allOf.some(({ $ref = "" }) => schemas[$ref.split("/").at(-1) ?? ""]?.additionalProperties === false)
      ? [name]
      : [],
  );

  expect(schemas["Pipeline"]).toBeDefined();
  expect(impossible).toEqual([]);
});

interface Media {
  schema: { $ref?: string; example?: unknown };
  example?: unknown;
}

it("documents for every JSON body one to try: what pages make up of a schema is none that the platform takes", async () => {
  const response = await exports.default.fetch("http://umbel.test/openapi.json");
  const { paths, components } = await response.json<{
    paths: Record<string, Record<string, { requestBody?: { content: Record<string, Media> } }>>;
    components: { schemas: Record<string, { example?: unknown }> };
  }>();
  const exampleOf = ({ example, schema }: Media): unknown =>
    example ?? schema.example ?? components.schemas[schema.$ref?.split("/").at(-1) ?? ""]?.example;
  const bodies = Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody }]) => {
      const media = requestBody?.content["application/json"];
      return media === undefined ? [] : [{ of: `${method} ${path}`, example: exampleOf(media) }];
    }),
  );

  expect(bodies.length).toBeGreaterThan(20);
  expect(bodies.filter(({ example }) => example === undefined)).toEqual([]);
});
