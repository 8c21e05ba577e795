import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { EXTENSION_ID, EXTENSION_KEY } from "../src/index.ts";

test("the extension's id is what a browser derives from its key", () => {
  const digest = createHash("sha256").update(EXTENSION_KEY, "base64").digest("hex").slice(0, 32);
  const letters = digest.replace(/./g, (digit) => String.fromCharCode(97 + parseInt(digit, 16)));

  expect(letters).toBe(EXTENSION_ID);
});
