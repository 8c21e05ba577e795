import { readFileSync } from "node:fs";
import { expect } from "vitest";
import { SealedError } from "../src/errors.ts";
import { VECTORS } from "../vectors/generate.ts";

/** A committed vector file, as the verifier reads it too. */
export function readVectors(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, VECTORS), "utf8"));
}

/** The kind of the SealedError that `act` throws; fails when it throws none, or another error. */
export async function kindOf(act: () => unknown): Promise<string> {
  try {
    await act();
  } catch (error) {
    expect(error).toBeInstanceOf(SealedError);
    return (error as SealedError).kind;
  }
  return "no error";
}
