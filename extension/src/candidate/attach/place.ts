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

function matches(pattern: string, address: string): boolean {
  try {
    return new URLPattern(pattern).test(address);
  } catch {
    return false;
  }
}
