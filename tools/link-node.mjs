// npm's postinstall: after a plain `npm ci` on an older Node, `npx wrangler dev` must find the newer one.

import { linkBundledNode } from "./wrangler-node.mjs";

linkBundledNode();
