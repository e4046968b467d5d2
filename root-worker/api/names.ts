/** Path parameters that several resources share. */
import { z } from "@hono/zod-openapi";
import { NAME_PATTERN } from "../../core/names.ts";

const NAME_MESSAGE = "must begin with a lower-case letter and have at most 63 of a-z, 0-9, _ and -";

/** A name that users give. Names that begin with `_` belong to the platform. */
export const Name = z.string().regex(NAME_PATTERN, NAME_MESSAGE);

export const CollectionParams = z.strictObject({
  collection: Name.openapi({ param: { name: "collection", in: "path" }, example: "films" }),
});
