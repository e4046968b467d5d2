/** Decorators that change values where they are, or put what they make of them elsewhere: most of those with a `field`. */
import { z } from "zod";
import type { CloudEvent } from "../../core/cloudevents/event.ts";
import {
  defineDecorator,
  Reject,
  type Decorator,
  type DecoratorContext,
  type DecoratorExample,
  type Preparation,
} from "../contract.ts";
import { read, rewrite, write } from "./access.ts";
import { ignoreMissingOption, pathOption, pathsOption } from "./options.ts";
import { isPlural, writeProblem, type EventPath } from "./path.ts";

/** What a value becomes. Never undefined; it throws a `Reject` for a value that it can't change, without the place. */
export type ChangeValue = (value: unknown, context: DecoratorContext) => unknown;

interface FieldDecorator<Shape extends z.core.$ZodLooseShape> {
  name: string;
  summary: string;
  /** The options beside `field`, `target` and `ignoreMissing`. */
  options: Shape;
  examples: readonly [DecoratorExample, ...DecoratorExample[]];
  /** The elements of an array are changed one by one; absent: an array is a value as any other. */
  eachElement?: boolean;
  make(options: z.output<z.ZodObject<Shape>>, preparation: Preparation): ChangeValue;
}

const COMMON = {
  field: pathsOption().describe(
    "The value to change, or a list of them; items[*].name is that of each item.",
  ),
  target: pathOption("target")
    .optional()
    .describe("Where the new value goes; absent: it replaces the old one."),
  ignoreMissing: ignoreMissingOption(),
};

export function defineFieldDecorator<Shape extends z.core.$ZodLooseShape>(
  definition: FieldDecorator<Shape>,
): Decorator {
  const { name, summary, examples, eachElement = false } = definition;
  const options = z.strictObject({ ...COMMON, ...definition.options });
  return defineDecorator({
    name,
    summary,
    options,
    examples,
    make(all, preparation) {
      // Both are parts of the schema that `all` came out of, which TypeScript can't see through a generic spread.
      const { field, target, ignoreMissing } = all as unknown as z.output<z.ZodObject<typeof COMMON>>;
      const change = definition.make(all as unknown as z.output<z.ZodObject<Shape>>, preparation);
      checkPlaces(field, target, preparation);
      const each: ChangeValue = eachElement
        ? (value, context) =>
            Array.isArray(value)
              ? value.map((element: unknown) => change(element, context))
              : change(value, context)
        : change;
      return (event, context) => {
        let changed = event;
        for (const path of field)
          changed = changeAt(changed, path, target, ignoreMissing, (value) => each(value, context));
        return changed;
      };
    },
  });
}

function checkPlaces(
  field: readonly EventPath[],
  target: EventPath | undefined,
  preparation: Preparation,
): void {
  if (target !== undefined) {
    const [first] = field;
    if (field.length === 1 && first !== undefined && !isPlural(first)) return;
    preparation.fault(["target"], "takes one value, and field names several");
    return;
  }
  for (const path of field) {
    const problem = writeProblem(path);
    if (problem !== undefined) preparation.fault(["field"], problem);
  }
}

function changeAt(
  event: CloudEvent,
  path: EventPath,
  target: EventPath | undefined,
  ignoreMissing: boolean,
  change: (value: unknown) => unknown,
): CloudEvent {
  const placed = (value: unknown) => {
    try {
      return change(value);
    } catch (error) {
      throw error instanceof Reject ? new Reject(`${path.text}: ${error.message}`) : error;
    }
  };
  if (target !== undefined) {
    const value = read(event, path);
    if (value !== undefined && value !== null) return write(event, target, placed(value));
    if (ignoreMissing) return event;
    throw missing(path);
  }
  let found = false;
  const changed = rewrite(event, path, (value) => {
    if (value === null) return value;
    found = true;
    return placed(value);
  });
  // No item at all is not an item that lacks something.
  if (!found && !ignoreMissing && !isPlural(path)) throw missing(path);
  return changed;
}

/** What an event is rejected with that lacks what a step needs. */
export function missing(path: EventPath): Reject {
  return new Reject(`${path.text}: is missing.`);
}
