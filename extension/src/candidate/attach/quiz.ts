import { browser } from "../../browser.ts";
import type { AttemptRecord } from "../attempt/state.ts";
import { quizOrigins } from "../permissions/needed.ts";
import { handInAccessCode } from "./access-code.ts";
import type { CodeField } from "./place.ts";

const SCRIPT = "exam";
const FILE = "content-scripts/exam.js";
const CODE = "access-code";
/** A code that the quiz refused so often is wrong, and handing it in for ever would lock the page up. */
const MOST_TRIES = 3;
/** What may be taken for the code's field beside those that LMSs are known to use. */
const GUESSES = { any: "form input[type=password]", known: ":not(*)" } as const;

interface HeldCode {
  attempt: string;
  code: string;
  tries: number;
}

/** Keeps the code where only the background reads it, and no longer than the browser runs. */
export async function holdAccessCode(attempt: string, code: string): Promise<void> {
  await browser.store("session", CODE, { attempt, code, tries: 0 } satisfies HeldCode);
}

/** The toolbar comes with every page of the quiz from now on. */
export async function attachToQuiz(record: AttemptRecord): Promise<void> {
  await browser.registerScript(SCRIPT, FILE, quizOrigins(record.exam.settings));
}

export async function detachFromQuiz(): Promise<void> {
  await browser.forget("session", CODE);
  if (await browser.hasPermissions({ permissions: ["scripting"], origins: [] })) {
    await browser.unregisterScript(SCRIPT);
  }
}

/** Puts the code into the form of this one document. False: the page has no form for it, or the code is wrong. */
export async function handInCode(
  attempt: string,
  place: { tab: number; document: string },
  field: Exclude<CodeField, "none">,
): Promise<boolean> {
  const held = (await browser.stored("session", CODE)) as HeldCode | undefined;
  if (held?.attempt !== attempt || held.tries >= MOST_TRIES || held.code === "") return false;
  const result = await browser.runInDocument(place, handInAccessCode, [held.code, GUESSES[field]]);
  if (result !== "handed-in") return false;
  await browser.store("session", CODE, { ...held, tries: held.tries + 1 });
  return true;
}

/** The quiz let the candidate in: the tries that were counted against the code were good ones. */
export async function codeWasRight(attempt: string): Promise<void> {
  const held = (await browser.stored("session", CODE)) as HeldCode | undefined;
  if (held?.attempt !== attempt || held.tries === 0) return;
  await browser.store("session", CODE, { ...held, tries: 0 });
}
