import { describe, expect, test } from "vitest";
import { addressOf, parseRoute } from "../src/staff/app/route.svelte.ts";
import type { Route } from "../src/staff/app/route.svelte.ts";

const EXAM = "01hexam0000000000000000000";
const ATTEMPT = "01hattempt0000000000000000";

describe("an address of the staff app", () => {
  test.each<Route>([
    { at: "exams" },
    { at: "exam", exam: EXAM },
    { at: "attempts", exam: EXAM },
    { at: "attempt", exam: EXAM, attempt: ATTEMPT },
    { at: "keyring" },
    { at: "people" },
    { at: "keys" },
    { at: "lms" },
    { at: "audit" },
  ])("is the route it was made from: $at", (route) => {
    expect(parseRoute(addressOf(route))).toEqual(route);
  });

  test.each([
    "",
    "#",
    "#/nowhere",
    "#/exams/<script>",
    "#token=secret",
    `#/exams/${EXAM.toUpperCase()}`,
  ])("that is none of ours leads to the exams: %s", (fragment) => {
    expect(parseRoute(fragment)).toEqual({ at: "exams" });
  });
});
