import type { Verdict, Verification } from "@invigil/sealed";
import { describe, expect, test } from "vitest";
import { standingOf } from "../src/staff/review/standing.ts";

function found(verdict: Verdict, filesChecked: number, filesTotal = 900): Verification {
  const times = { checkedUpToMs: 0, closedMs: null, receiptTimeS: null };
  const counts = { leafCount: 901, checkedCount: 901, filesChecked, filesTotal };
  return { verdict, problems: [], ...times, ...counts };
}

const VERDICTS = ["complete", "open", "open-ended"] as const;

describe("what is said of an attempt", () => {
  test.each(VERDICTS)(
    "is neither green nor a verdict before every file is checked: %s",
    (verdict) => {
      for (const checked of [0, 120, 899])
        for (const isStopped of [false, true]) {
          const { tone, label } = standingOf(found(verdict, checked), isStopped);

          expect(tone).not.toBe("good");
          expect(label).not.toMatch(/unaltered|complete/iu);
        }
    },
  );

  test("is that files are being checked, once no more of them will come", () => {
    expect(standingOf(found("complete", 120), false)).toEqual({
      tone: "busy",
      label: "The record is whole; its files are being checked",
      isChecking: true,
    });
    expect(standingOf(found("open-ended", 120), false).isChecking).toBe(true);
    expect(standingOf(found("open", 120), false).isChecking).toBe(false);
  });

  test("does not promise a check that will not come", () => {
    expect(standingOf(found("complete", 120), true)).toEqual({
      tone: "warn",
      label: "The record is whole; its files are not all checked",
      isChecking: false,
    });
  });

  test.each([
    ["complete", "good", "Complete and unaltered"],
    ["open", "good", "Unaltered so far; the attempt is still running"],
    ["open-ended", "warn", "Unaltered as far as it goes, but never closed: the end may be missing"],
  ] as const)("is the verdict when all files are checked: %s", (verdict, tone, label) => {
    expect(standingOf(found(verdict, 900), false)).toEqual({ tone, label, isChecking: false });
    expect(standingOf(found(verdict, 0, 0), false).tone).toBe(tone);
  });

  test.each([0, 900])("is the damage as soon as it is known, with %i files checked", (checked) => {
    expect(standingOf(found("damaged", checked), false)).toMatchObject({
      tone: "bad",
      label: "Not as it was recorded",
    });
  });
});
