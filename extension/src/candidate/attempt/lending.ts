import { browser } from "../../browser.ts";
import { detachFromQuiz } from "../attach/quiz.ts";
import { givePermissionsBack } from "../permissions/give-back.ts";
import { closeRecorder } from "./offscreen.ts";

const WATCH = "attempt-watch";
const WATCH_MIN = 0.5;

/** From now on somebody looks after the attempt, whatever happens to service worker and pages. */
export async function watch(): Promise<void> {
  await browser.setAlarm(WATCH, WATCH_MIN);
}

/**
 * Nothing runs any more and nothing is lent: no recorder and so no open device, no script in any page, no permission.
 * The watch ends last: what a killed service worker left of this is done at its next look.
 */
export async function letGo(): Promise<void> {
  await closeRecorder();
  await detachFromQuiz();
  await givePermissionsBack();
  await browser.clearAlarm(WATCH);
}
