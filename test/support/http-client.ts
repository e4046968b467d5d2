/** A client of Umbel's HTTP API for tests: it adds the key, and turns JSON into values and back. */

/** A JSON answer, or the text where the body is none. */
export interface JsonAnswer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** How tests speak to a running Umbel. */
export interface HttpClient {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  readonly key: string;
  /** Like the global `fetch`, for a path; with the key, unless `init` brings an Authorization of its own. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** One JSON request; NDJSON or other text is sent with `fetch`. */
  json<Body = unknown>(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<JsonAnswer<Body>>;
}

/** Makes a client for what listens at a URL. */
export function httpClient(url: string, key: string): HttpClient {
  const fetchWithKey: HttpClient["fetch"] = (path, init = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) {
      headers.set("authorization", `Bearer ${key}`);
    }
    return fetch(url + path, { redirect: "manual", ...init, headers });
  };

  async function json<Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<JsonAnswer<Body>> {
    const response = await fetchWithKey(path, {
      method,
      headers: body === undefined ? headers : { "content-type": "application/json", ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await readBody(response)) as Body };
  }

  return { url, key, fetch: fetchWithKey, json };
}

/** What a body holds is for the test to say: it expects what the API promises, and fails otherwise. */
async function readBody(response: Response): Promise<unknown> {
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get("content-type") ?? "");
  return isJson ? JSON.parse(text) : text;
}
