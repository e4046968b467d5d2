/** Calls of the functions' API, inside the runtime. */
import { workerUnderTest } from "../../under-test.ts";

const { exports } = workerUnderTest<RootBindings, typeof import("../../../../root-worker/index.ts")>();

export interface Answer {
  status: number;
  body: Record<string, unknown>;
}

/** `path` is what comes after `/v1/functions`. */
export async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await exports.default.fetch(`http://umbel.test/v1/functions${path}`, {
    method,
    headers: { authorization: "Bearer test-key" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  // Every answer is an object.
  return { status: response.status, body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>) };
}

/** Uploads a function of one module, or several. */
export async function upload(
  name: string,
  modules: string | Record<string, string>,
  others: object = {},
): Promise<Answer> {
  return call("PUT", `/${name}`, {
    modules: typeof modules === "string" ? { "index.js": modules } : modules,
    ...others,
  });
}

export async function invoke(name: string, input: unknown = null, others: object = {}): Promise<Answer> {
  return call("POST", `/${name}/invoke`, { input, ...others });
}
