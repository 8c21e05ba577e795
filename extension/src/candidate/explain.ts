import type { Problem } from "../problems.ts";
import { words } from "./words.ts";

/** A problem in a candidate's words. The server's own sentences are written for candidates and shown as text. */
export function explain(problem: Problem): string {
  switch (problem.kind) {
    case "offline":
      return words.problems.offline;
    case "bad-answer":
      return words.problems.badAnswer;
    case "server":
      return problem.detail;
    case "local":
      return words.problems.local[problem.code];
  }
}
