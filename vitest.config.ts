import { svelte } from "@sveltejs/vite-plugin-svelte";
import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    projects: [
      "extension",
      {
        // Svelte for state in *.svelte.ts; pages are tested in a real browser (tests/).
        plugins: [svelte({ configFile: false })],
        test: { name: "packages", include: ["packages/*/{src,tests}/**/*.test.ts"] },
      },
      { test: { name: "house", include: ["tests/house/**/*.test.ts"] } },
    ],
  },
});
