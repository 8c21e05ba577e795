import type { Place } from "../attempt/state.ts";
import type { QuizSettings } from "../../wire.ts";

/** Where an address is in the quiz. A pattern that cannot be read matches nothing. */
export function placeOf(address: string, quiz: QuizSettings): Exclude<Place, "not-opened"> {
  if (matches(quiz.exam_end, address)) return "after";
  if (matches(quiz.exam_take, address)) return "taking";
  return matches(quiz.exam_start, address) ? "start" : "before";
}

/** Whether an address belongs to the quiz and not only to its site. */
export function isOfQuiz(address: string, quiz: QuizSettings): boolean {
  return placeOf(address, quiz) !== "before" || address === quiz.launch_url;
}

/** Which field of a page may be the one for the access code: any single password field, one that LMSs are known to use, or none. */
export type CodeField = "any" | "known" | "none";

/**
 * Whether a page may ask for the code. Without a pattern for the start page each page before the questions may; but the
 * way to the quiz may lead by the LMS's own sign-in, and the code is no password there: any field counts only where the
 * quiz is opened.
 */
export function codeFieldOf(address: string, quiz: QuizSettings): CodeField {
  const seen = placeOf(address, quiz);
  if (seen === "start") return "any";
  if (seen !== "before" || quiz.exam_start !== "") return "none";
  return address === quiz.launch_url ? "any" : "known";
}

function matches(pattern: string, address: string): boolean {
  try {
    return new URLPattern(pattern).test(address);
  } catch {
    return false;
  }
}
