export { EXTENSION_ID, EXTENSION_KEY } from "./extension-id.ts";
