import { readFileSync } from "node:fs";
import { describe, expect, test, vi } from "vitest";
import { DETERMINISTIC, serialise, VECTORS } from "../vectors/generate.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

describe("the committed vectors", () => {
  test.each(Object.entries(DETERMINISTIC))(
    "%s comes out of its script unchanged",
    async (file, make) => {
      const committed = readFileSync(new URL(file, VECTORS), "utf8");

      expect(serialise(await make())).toBe(committed);
    },
  );
});
