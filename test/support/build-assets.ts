/** Makes the root Worker's static assets, which Umbel over HTTP serves, before the first test asks for one. */
export { buildAssets as default } from "../../tools/assets.mjs";
