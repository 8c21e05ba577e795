import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";
import { WxtVitest } from "wxt/testing/vitest-plugin";

export default defineConfig({
  // WxtVitest puts an in-memory chrome.* behind src/browser.ts: the one fake, at the one door.
  plugins: [svelte({ configFile: false }), WxtVitest({ root: import.meta.dirname })],
  test: {
    name: "extension",
    include: ["{src,tests}/**/*.test.ts"],
  },
});
