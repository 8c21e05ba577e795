import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DETERMINISTIC, serialise, VECTORS } from "../vectors/generate.ts";

describe("the committed vectors", () => {
  test.each(Object.entries(DETERMINISTIC))("%s comes out of its script unchanged", async (file, make) => {
    const committed = readFileSync(new URL(file, VECTORS), "utf8");

    expect(serialise(await make())).toBe(committed);
  });
});
