/** Applies steps to each element of an array. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import {
  defineDecorator,
  Reject,
  type Decorate,
  type Decorated,
  type DecoratorContext,
} from "../contract.ts";
import { ELEMENTS_MAX, INNER_LEVELS_MAX, INNER_STEPS_MAX } from "../limits.ts";
import { read, withData, write } from "../support/access.ts";
import { missing } from "../support/field-decorator.ts";
import { ignoreMissingOption, pathOption } from "../support/options.ts";

/** What these would do to an element is lost when it goes back into its array. */
const OUT_OF_PLACE = new Set(["route", "sign"]);

export const foreach = defineDecorator({
  name: "foreach",
  summary: "Applies steps to each element of an array, as if it were the data of an event of its own.",
  options: z.strictObject({
    field: pathOption("target").describe("The array."),
    steps: z
      .array(
        z.strictObject({
          use: z.string().describe("The decorator's name."),
          with: z
            .record(z.string(), z.unknown())
            .optional()
            .describe("Its options; paths lead into the element, which is $ as a whole."),
          split: z
            .record(z.string(), z.number())
            .optional()
            .describe("Of a function: percents by version, between which the elements are split."),
        }),
      )
      .min(1, "has at least one step")
      .max(INNER_STEPS_MAX)
      .describe(
        "What is done to each element. One that is filtered goes, one that is split becomes several; attributes can be read, and changes of them are lost.",
      ),
    ignoreMissing: ignoreMissingOption(),
  }),
  examples: [
    {
      shows: "each item is changed",
      with: {
        field: "items",
        steps: [
          { use: "convert", with: { field: "price", type: "number" } },
          { use: "defaults", with: { quantity: 1 } },
        ],
      },
      given: { data: { items: [{ price: "2.50" }, { price: "4", quantity: 3 }] } },
      expect: [
        {
          data: {
            items: [
              { price: 2.5, quantity: 1 },
              { price: 4, quantity: 3 },
            ],
          },
        },
      ],
    },
    {
      shows: "elements that are filtered go",
      with: { field: "readings", steps: [{ use: "filter", with: { keep: "data >= 0" } }] },
      given: { data: { readings: [3, -1, 5] } },
      expect: [{ data: { readings: [3, 5] } }],
    },
    {
      shows: "texts are elements too",
      with: { field: "tags", steps: [{ use: "trim", with: { field: "$" } }] },
      given: { data: { tags: [" a", "b "] } },
      expect: [{ data: { tags: ["a", "b"] } }],
    },
    {
      shows: "what is wrong with an element says with which",
      with: { field: "items", steps: [{ use: "convert", with: { field: "price", type: "number" } }] },
      given: { data: { items: [{ price: 1 }, { price: "?" }] } },
      expect: { rejects: 'items[1]: price: "?" is no number.' },
    },
  ],
  make({ field, steps, ignoreMissing }, preparation) {
    if (preparation.level >= INNER_LEVELS_MAX) {
      preparation.fault(["steps"], `steps are within steps in at most ${INNER_LEVELS_MAX} levels`);
      return (event) => event;
    }
    const inner = steps.flatMap((step, index): Decorate[] => {
      if (OUT_OF_PLACE.has(step.use))
        preparation.fault(["steps", index, "use"], `${step.use} has no meaning for an element`);
      const prepared = preparation.step(step, ["steps", index]);
      return prepared === undefined ? [] : [prepared];
    });
    return (event, context) => {
      const elements = read(event, field);
      if (elements === undefined || elements === null) {
        if (ignoreMissing) return event;
        throw missing(field);
      }
      if (!Array.isArray(elements)) throw new Reject(`${field.text}: is no array.`);
      if (elements.length > ELEMENTS_MAX)
        throw new Reject(`${field.text}: has more than ${ELEMENTS_MAX} elements.`);
      const made = mapAll(elements, (element: unknown, index) =>
        runOn(element, { event, context, inner, label: `${field.text}[${index}]`, index }),
      );
      return made instanceof Promise
        ? made.then((all) => write(event, field, all.flat()))
        : write(event, field, made.flat());
    };
  },
});

interface Element {
  event: CloudEvent;
  context: DecoratorContext;
  inner: readonly Decorate[];
  label: string;
  index: number;
}

/** The elements that one becomes. All elements run at the same time, so that what they look up is asked for at once. */
function runOn(
  value: unknown,
  { event, context, inner, label, index }: Element,
): unknown[] | Promise<unknown[]> {
  const carrier = {
    ...withData({ ...event, datacontenttype: "application/json" }, value),
    id: `${event.id}:${index}`,
  };
  const run = (events: CloudEvent[], at: number): unknown[] | Promise<unknown[]> => {
    const step = inner[at];
    if (step === undefined || events.length === 0) return events.map(({ data }) => data);
    const decorated = mapAll(events, (each) => step(each, context));
    return decorated instanceof Promise
      ? decorated.then((all) => run(all.flatMap(listOf), at + 1))
      : run(decorated.flatMap(listOf), at + 1);
  };
  try {
    const made = run([carrier], 0);
    return made instanceof Promise
      ? made.catch((error: unknown) => Promise.reject(labelled(error, label)))
      : made;
  } catch (error) {
    throw labelled(error, label);
  }
}

/** What `change` makes of each: at once where it answers at once. No promise is left that nobody waits for. */
function mapAll<Item, Made>(
  items: readonly Item[],
  change: (item: Item, index: number) => Made | Promise<Made>,
): Made[] | Promise<Made[]> {
  const made: Made[] = [];
  for (const [index, item] of items.entries()) {
    const one = change(item, index);
    if (one instanceof Promise) {
      const rest = items.slice(index + 1).map(async (each, at) => change(each, index + 1 + at));
      return Promise.all([...made, one, ...rest]);
    }
    made.push(one);
  }
  return made;
}

function listOf(decorated: Decorated): CloudEvent[] {
  if (decorated === undefined) return [];
  return Array.isArray(decorated) ? decorated : [decorated];
}

function labelled(error: unknown, label: string): Error {
  if (error instanceof Reject) return new Reject(`${label}: ${error.message}`);
  return error instanceof Error ? error : new Error(`${label}: something was thrown that is no error`);
}
