import { EXTENSION_KEY } from "@invigil/protocol";
import { defineConfig } from "wxt";

export default defineConfig({
  srcDir: "src",
  imports: false,
  modules: ["@wxt-dev/module-svelte"],
  manifest: {
    name: "Invigil",
    description:
      "Sealed exam supervision: what is recorded can be opened by your institution only.",
    key: EXTENSION_KEY,
    minimum_chrome_version: "137",
    permissions: ["alarms", "offscreen", "storage", "system.display", "unlimitedStorage"],
    // Asked for in the candidate's page when an exam needs them, and given back at its end.
    optional_permissions: [
      "browsingData",
      "downloads",
      "management",
      "scripting",
      "tabs",
      "webNavigation",
    ],
    optional_host_permissions: ["<all_urls>"],
    content_security_policy: {
      extension_pages:
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; " +
        "form-action 'none'; frame-ancestors 'none'; img-src 'self' blob: data:; media-src 'self' blob:; " +
        "style-src 'self' 'unsafe-inline'; connect-src *; worker-src 'self'",
    },
  },
});
