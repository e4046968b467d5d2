/** Path parameters that several resources share. */
import { z } from "@hono/zod-openapi";
import { NAME_PATTERN, TOPIC_PATTERN } from "../../core/names.ts";

const NAME_MESSAGE = "must begin with a lower-case letter and have at most 63 of a-z, 0-9, _ and -";

/** A name that users give. Names that begin with `_` belong to the platform. */
export const Name = z.string().regex(NAME_PATTERN, NAME_MESSAGE);

/** Also one of the platform's own, which are read and never written over the API. */
export const AnyName = z.string().regex(/^_?[a-z][a-z0-9_-]{0,62}$/, NAME_MESSAGE);

/** A topic to listen to or to look at, also one of the platform's own, to which nobody else publishes. */
export const AnyTopic = z.string().regex(TOPIC_PATTERN, NAME_MESSAGE);

export const ReadCollectionParams = z.strictObject({
  collection: AnyName.openapi({ param: { name: "collection", in: "path" }, example: "films" }),
});

export const CollectionParams = z.strictObject({
  collection: Name.openapi({ param: { name: "collection", in: "path" }, example: "films" }),
});
