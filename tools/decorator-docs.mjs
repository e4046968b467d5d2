// The page on the built-in decorators: an introduction, and for each its summary, its options and its examples.

import { z } from "zod";

/** @typedef {import("../decorators/contract.ts").Decorator} Decorator */
/** @typedef {import("../decorators/contract.ts").DecoratorExample} DecoratorExample */

/**
 * The part of JSON Schema that options are described with.
 *
 * @typedef {object} OptionSchema
 * @property {string} [type]
 * @property {string} [description]
 * @property {unknown} [default]
 * @property {unknown[]} [enum]
 * @property {OptionSchema[]} [anyOf]
 * @property {OptionSchema} [items]
 * @property {Record<string, OptionSchema>} [properties]
 * @property {string[]} [required]
 * @property {number} [minimum]
 * @property {number} [maximum]
 */

const INTRODUCTION = `<!-- Written by \`npm run docs\` from decorators/built-in. Change it there. -->

# Decorators

A pipeline's steps each name a decorator, with its options in \`with\`:

\`\`\`json
{"use": "convert", "with": {"field": "price", "type": "number"}, "onError": "continue"}
\`\`\`

A step is given an event and answers with it as it goes on; with several, and each goes on by itself; or with nothing, and the event is filtered. Options
are checked when the pipeline is declared, and a declaration with a wrong one is refused with its place. Every example below is also a test.

## Paths

| path | leads to |
| --- | --- |
| \`customer.name\` | a field of the event's **data** |
| \`items[0]\`, \`items[-1]\` | the first, the last element of an array |
| \`items[*].price\` | that of each element, where an option takes several places |
| \`headers["x-request.id"]\` | a field whose name has dots, spaces or other special characters |
| \`$\` | the data as a whole |
| \`@subject\`, \`@traceid\` | an **attribute** of the event, its extensions included |

Paths begin in the data, so \`data.customer\` is refused as a slip (a field called data is \`["data"]\`). Conditions are CESQL ([cesql.md](cesql.md)), in which
\`type\` is an attribute and \`data.customer\` leads into the data. Where a step makes a field, it makes the objects on the way. \`id\`, \`source\`,
\`specversion\` and \`datacontenttype\` are never changed, and attributes that begin with \`umbel\` are the platform's. What is null counts as missing.

## Errors

An event that a step can't do anything with is rejected: it goes to the dead letters with the message, unless the step's \`onError\` says otherwise. Where something is
out of reach that is not the event's fault (a collection, a rate that is used up), the event waits and is tried again.

## Regular expressions

They are of [RE2's syntax](https://github.com/google/re2/wiki/Syntax), which takes time in proportion to the text, whatever the pattern. JavaScript's engine, and those like it, go back and
try again: \`(a+)+$\` keeps them busy for ever with a text of 40 characters, and any sender could write that text. There is no look-ahead and no back
reference, and patterns of more than 500 states are refused. \`(?i)\` in front ignores case, \`(?s)\` lets a point stand for a line break too.

## Keys

Where an option is a key, it is a text, or \`{"secret": "NAME"}\`: the secret \`UMBEL_SECRET_NAME\` of the pipelines Worker, which nobody reads in the declaration
(\`npx wrangler secret put UMBEL_SECRET_NAME -c decorators/pipelines/wrangler.toml\`; locally in \`.dev.vars\`).

## Limits

A text that a step makes has at most 1,048,576 characters, an array 10,000 elements, and an event becomes at most 1,000. The event as it goes on is bounded as
one that is published: 96 KB, and 64 levels.
`;

/**
 * @param {readonly Decorator[]} decorators
 * @returns {string} the page
 */
export function decoratorDocs(decorators) {
  const list = decorators.map(({ name, summary }) => `| [${name}](#${name}) | ${cell(summary)} |`);
  return [
    INTRODUCTION,
    "## All decorators\n",
    "| decorator | what it does |",
    "| --- | --- |",
    ...list,
    "",
    ...decorators.map(section),
  ].join("\n");
}

/**
 * @param {Decorator} decorator
 * @returns {string}
 */
function section({ name, summary, options, examples }) {
  const schema = optionSchema(options);
  const lines = [`## ${name}\n`, `${summary}\n`];
  if (schema.properties === undefined) lines.push(`\`with\`: ${schema.description ?? ""}\n`);
  else {
    lines.push("| option | takes | default | |", "| --- | --- | --- | --- |", ...rows(schema, ""), "");
  }
  return [...lines, ...examples.map((example) => exampleText(name, example))].join("\n");
}

/**
 * What may be written, before anything is filled in or compiled.
 *
 * @param {import("zod").ZodType} options
 * @returns {OptionSchema}
 */
export function optionSchema(options) {
  // zod's type for it has every keyword there is.
  return /** @type {OptionSchema} */ (z.toJSONSchema(options, { io: "input", unrepresentable: "any" }));
}

/**
 * A row for each option, and those of the objects in it below it.
 *
 * @param {OptionSchema} schema
 * @param {string} prefix
 * @returns {string[]}
 */
function rows({ properties = {}, required = [] }, prefix) {
  return Object.entries(properties).flatMap(([name, option]) => {
    const place = prefix + name;
    const isRequired = required.includes(name);
    const fallback = option.default === undefined ? (isRequired ? "required" : "") : code(option.default);
    const row = `| \`${place}\` | ${typeText(option)} | ${fallback} | ${cell(option.description ?? "")} |`;
    const inner = option.items?.properties === undefined ? [] : rows(option.items, `${place}[].`);
    return [row, ...inner];
  });
}

/**
 * @param {OptionSchema} schema
 * @returns {string}
 */
function typeText(schema) {
  if (schema.enum !== undefined) return schema.enum.map(code).join(", ");
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(" or ");
  switch (schema.type) {
    case "array":
      return schema.items === undefined ? "list" : `list of ${listed(schema.items)}`;
    case "string":
      return "text";
    case "null":
      return "null";
    case "integer":
    case "number":
      return [schema.type, range(schema)].filter((part) => part !== "").join(", ");
    case "object":
      return objectText(schema);
    case undefined:
      return "any value";
    default:
      return schema.type;
  }
}

/**
 * @param {OptionSchema} items
 * @returns {string}
 */
function listed(items) {
  return items.anyOf === undefined ? typeText(items) : `(${typeText(items)})`;
}

/**
 * @param {OptionSchema} schema
 * @returns {string}
 */
function objectText({ properties, required = [] }) {
  if (properties === undefined) return "object";
  const [only] = Object.keys(properties);
  return required.length === 1 && only !== undefined ? `\`{"${only}": …}\`` : "object";
}

/**
 * @param {OptionSchema} schema
 * @returns {string}
 */
function range({ minimum, maximum }) {
  // zod says of every integer that it is a safe one.
  const to = maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum;
  if (minimum === undefined && to === undefined) return "";
  return to === undefined ? `${minimum} or more` : `${minimum ?? ""} to ${to.toLocaleString("en")}`;
}

/**
 * @param {string} name
 * @param {DecoratorExample} example
 * @returns {string}
 */
function exampleText(name, { shows, with: options, given, expect }) {
  const outcome = Array.isArray(expect)
    ? expect.map((event) => `→      ${JSON.stringify(event)}`)
    : [`→      rejected: ${expect.rejects}`];
  return [
    `${shows[0]?.toUpperCase() ?? ""}${shows.slice(1)}:\n`,
    "```",
    `step   ${JSON.stringify({ use: name, with: options })}`,
    `event  ${JSON.stringify(given)}`,
    ...(outcome.length === 0 ? ["→      filtered"] : outcome),
    "```\n",
  ].join("\n");
}

/**
 * @param {unknown} value
 * @returns {string}
 */
function code(value) {
  return `\`${JSON.stringify(value).replaceAll("|", "\\|")}\``;
}

/**
 * Text as a table's cell takes it.
 *
 * @param {string} text
 * @returns {string}
 */
function cell(text) {
  return text.replaceAll("|", "\\|").replaceAll("<", "&lt;").replaceAll("*", "\\*");
}
