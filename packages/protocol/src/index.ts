export { EXTENSION_ID, EXTENSION_KEY } from "./extension-id.ts";
import type { components } from "./openapi.ts";

/** What the server says and hears, by the names in its OpenAPI document. */
export type Wire = components["schemas"];
