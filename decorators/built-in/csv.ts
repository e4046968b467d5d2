/** Reads texts as CSV, or writes rows as CSV. */
import { z } from "zod";
import { defineFieldDecorator } from "../support/field-decorator.ts";
import { parseRows, serializeRows } from "../support/csv-rows.ts";

const COLUMNS_MAX = 1_000;

export const csv = defineFieldDecorator({
  name: "csv",
  summary: "Reads a text as CSV (RFC 4180), or writes rows as CSV.",
  options: {
    action: z
      .enum(["parse", "serialize"])
      .default("parse")
      .describe("parse: a text becomes rows. serialize: an array of objects or arrays becomes a text."),
    columns: z
      .array(z.string().min(1))
      .min(1)
      .max(COLUMNS_MAX)
      .optional()
      .describe(
        "The columns' names. Absent: the first line has them; when serializing, the first row's fields.",
      ),
    header: z
      .boolean()
      .optional()
      .describe(
        "Whether the first line has names: absent, it has where columns are not given. Without either, rows are arrays; with both, its names are passed over.",
      ),
    single: z
      .boolean()
      .default(false)
      .describe("The text is one row: it becomes an object, not an array of them."),
    separator: z
      .string()
      .refine(
        (text) => text.length === 1 && !/["\r\n]/.test(text),
        "must be one character, and no quote or line break",
      )
      .default(",")
      .describe("What stands between two values."),
    trim: z.boolean().default(false).describe("Takes white space off the ends of values."),
    emptyValue: z
      .union([z.string(), z.null()])
      .default("")
      .describe("What a value is that is empty and not quoted."),
  },
  examples: [
    {
      shows: "the first line names the columns",
      with: { field: "table" },
      given: { data: { table: 'id,name\r\n1,"Ada, Countess"\r\n2,"says ""hi"""\r\n' } },
      expect: [
        {
          data: {
            table: [
              { id: "1", name: "Ada, Countess" },
              { id: "2", name: 'says "hi"' },
            ],
          },
        },
      ],
    },
    {
      shows: "one row with given names, as a log line is",
      with: {
        field: "line",
        columns: ["level", "host", "message"],
        separator: ";",
        single: true,
        target: "log",
      },
      given: { data: { line: "warn;a1;disk full" } },
      expect: [
        { data: { line: "warn;a1;disk full", log: { level: "warn", host: "a1", message: "disk full" } } },
      ],
    },
    {
      shows: "without names, rows are arrays; what is empty can be null",
      with: { field: "$", header: false, trim: true, emptyValue: null },
      given: { datacontenttype: "text/csv", data: "a, b\n,c" },
      expect: [
        {
          datacontenttype: "application/json",
          data: [
            ["a", "b"],
            [null, "c"],
          ],
        },
      ],
    },
    {
      shows: "rows are written with a header; what needs quotes gets them",
      with: { field: "rows", action: "serialize" },
      given: {
        data: {
          rows: [
            { id: 1, name: 'a "b"' },
            { id: 2, name: null },
          ],
        },
      },
      expect: [{ data: { rows: 'id,name\r\n1,"a ""b"""\r\n2,\r\n' } }],
    },
    {
      shows: "a row with more values than there are columns rejects the event",
      with: { field: "table" },
      given: { data: { table: "a,b\n1,2,3" } },
      expect: { rejects: "table: row 1 has 3 values for 2 columns." },
    },
    {
      shows: "so does a quote that is never closed",
      with: { field: "table", header: false },
      given: { data: { table: 'a,"b' } },
      expect: { rejects: "table: a quote in row 1 is not closed." },
    },
  ],
  make({ action, columns, header, single, separator, trim, emptyValue }) {
    const named = header ?? columns === undefined;
    if (action === "serialize") return (value) => serializeRows(value, { columns, header: named, separator });
    return (value) =>
      parseRows(value, { columns, header: named && !single, single, separator, trim, emptyValue });
  },
});
