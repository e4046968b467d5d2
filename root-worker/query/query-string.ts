/** A search as query parameters: text, from which the request's own types are read. */

const LISTS = new Set(["fields", "sort", "select", "highlight", "facets"]);
const NUMBERS = new Set(["limit", "deadlineMs"]);

/** The request that the parameters mean, for `SearchRequest` to validate. */
export function queryToRequest(query: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(query).flatMap(([name, value]) =>
      typeof value === "string" ? [[name, parameterValue(name, value)]] : [],
    ),
  );
}

function parameterValue(name: string, text: string): unknown {
  if (NUMBERS.has(name)) return text.trim() === "" ? text : Number(text);
  if (name === "explain") return text === "" || text === "true" ? true : text === "false" ? false : text;
  if (name === "aggregations") return jsonValue(text) ?? text;
  if (!LISTS.has(name)) return text;
  return jsonValue(text) ?? text.split(",").map((part) => part.trim());
}

/** What looks like JSON and is. Anything else is a list of names, and is validated as one. */
function jsonValue(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
