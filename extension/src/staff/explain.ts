import { SealedError } from "@invigil/sealed";
import { Trouble } from "../problems.ts";
import { PasskeyRefused } from "./vault/passkeys.ts";
import { PhraseRefused } from "./vault/phrase.ts";
import { words } from "./words.ts";

/** Any failure in a reader's words: what happened and what to do. */
export function explain(error: unknown): string {
  if (error instanceof Trouble) return explainTrouble(error);
  if (error instanceof SealedError) return words.sealed(error.kind, error.reason);
  if (error instanceof PasskeyRefused) return words.passkey[error.kind];
  if (error instanceof PhraseRefused)
    return error.kind === "wrong-key" ? words.unlock.wrong : words.sealed(error.kind, undefined);
  return words.defect;
}

function explainTrouble({ problem }: Trouble): string {
  switch (problem.kind) {
    case "offline":
      return words.offline;
    case "bad-answer":
      return words.badAnswer;
    case "server":
      return problem.detail === "" ? words.busy : problem.detail;
    case "local":
      return words.defect;
  }
}

/** Whether the server says that the sign-in is over. */
export function isSignedOut(error: unknown): boolean {
  return (
    error instanceof Trouble && error.problem.kind === "server" && error.problem.status === 401
  );
}
