import { EXTENSION_KEY } from "@invigil/protocol";
import { defineConfig } from "wxt";
import { version } from "./package.json" with { type: "json" };

export default defineConfig({
  srcDir: "src",
  imports: false,
  modules: ["@wxt-dev/module-svelte"],
  hooks: {
    "build:publicAssets"(_, assets) {
      // A launch page asks for this file to find out whether the extension is there (wire.md §3).
      const contents = `${JSON.stringify({ invigil: version })}\n`;
      assets.push({ relativeDest: "present.json", contents });
    },
  },
  manifest: {
    name: "Invigil",
    description:
      "Sealed exam supervision: what is recorded can be opened by your institution only.",
    key: EXTENSION_KEY,
    minimum_chrome_version: "137",
    permissions: ["alarms", "offscreen", "storage", "system.display", "unlimitedStorage"],
    // Asked for in the candidate's page when an exam needs them, and given back at its end.
    optional_permissions: ["scripting"],
    optional_host_permissions: ["<all_urls>"],
    // The one page a link may open, and the file that says it is here.
    web_accessible_resources: [
      { resources: ["open.html", "present.json"], matches: ["<all_urls>"] },
    ],
    storage: { managed_schema: "policy.json" },
    content_security_policy: {
      extension_pages:
        "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'; " +
        "form-action 'none'; frame-ancestors 'none'; img-src 'self' blob: data:; media-src 'self' blob:; " +
        "style-src 'self' 'unsafe-inline'; connect-src *; worker-src 'self'",
    },
  },
});
