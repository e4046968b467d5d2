/** Media types (RFC 2046, in the grammar of RFC 9110, section 8.3.1), and what they say of an event's data. */

/** The media types of an event, and of a batch, in the JSON event format. */
export const STRUCTURED_TYPE = "application/cloudevents+json";
export const BATCH_TYPE = "application/cloudevents-batch+json";

export interface MediaType {
  /** Type and subtype in lower case: `application/json`. */
  essence: string;
  /** Names in lower case; `text` is the parameter as it was written. */
  parameters: { name: string; value: string; text: string }[];
}

const ESSENCE = /[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-]+/y;
/** With spaces where the grammar has white space: an attribute can't hold a tab. */
const PARAMETER = / *; *(([\w!#$%&'*+.^`|~-]+)=(?:([\w!#$%&'*+.^`|~-]+)|"((?:[ !#-[\]-~]|\\[ -~])*)"))/y;

/** Undefined: this is no media type. Parameters of the same name are all kept. */
export function parseMediaType(text: string): MediaType | undefined {
  ESSENCE.lastIndex = 0;
  const essence = ESSENCE.exec(text)?.[0];
  if (essence === undefined) return undefined;
  const parameters: MediaType["parameters"] = [];
  let end = essence.length;
  while (end < text.length) {
    PARAMETER.lastIndex = end;
    const [whole = "", written = "", name = "", token, quoted = ""] = PARAMETER.exec(text) ?? [];
    if (whole === "") return undefined;
    end += whole.length;
    parameters.push({
      name: name.toLowerCase(),
      value: token ?? quoted.replaceAll(/\\(.)/g, "$1"),
      text: written,
    });
  }
  return { essence: essence.toLowerCase(), parameters };
}

/** Whether data of this type is a JSON value (formats/json-format.md, section 3.1.1). */
export function isJson(type: MediaType): boolean {
  return type.essence.endsWith("/json") || type.essence.endsWith("+json");
}

/** Whether data of this type is kept as a string if it can be: text, and XML, as in the examples of the JSON format. */
export function isText(type: MediaType): boolean {
  return type.essence.startsWith("text/") || type.essence.endsWith("/xml") || type.essence.endsWith("+xml");
}

/** Whether no charset but UTF-8 is declared. */
export function isUtf8(type: MediaType): boolean {
  return type.parameters.every(({ name, value }) => name !== "charset" || value.toLowerCase() === "utf-8");
}

/** The same type, its charset now UTF-8. */
export function withUtf8({ essence, parameters }: MediaType): string {
  const others = parameters.filter(({ name }) => name !== "charset").map(({ text }) => text);
  return [essence, ...others, "charset=utf-8"].join("; ");
}
