/**
 * Whatever can go wrong between the rooms and the server, as a closed set. Pages turn it into words by `kind`
 * and `code`; `detail` is the server's own sentence and may be shown as text.
 */
export type Problem =
  /** Nothing came back: no network, or the server is down. */
  | { kind: "offline" }
  /** The server's problem+json (wire.md §1). */
  | {
      kind: "server";
      code: string;
      status: number;
      detail: string;
      retry_after_s: number | null;
      /** The leaf or the file that a refusal names. */
      index?: number;
      stream?: string;
      /** How many leaves the server holds. */
      size?: number;
    }
  /** An answer that is not what wire.md says: a captive portal, another product, another version. */
  | { kind: "bad-answer"; status: number }
  /** This side refused. */
  | { kind: "local"; code: LocalCode };

export type LocalCode =
  /** No attempt is known to this browser. */
  | "no-attempt"
  /** The attempt's phase does not take this step. */
  | "not-now"
  /** Another attempt runs in this browser and must be ended first. */
  | "another-attempt"
  /** Another tab of this browser has the exam. */
  | "open-elsewhere"
  /** The key could not be trusted; the record's `key` says why. */
  | "key-refused"
  /** A required check has not passed. */
  | "checks-open"
  /** A permission that the exam needs was not granted. */
  | "permission-missing"
  /** Camera or microphone that the exam records could not be opened. */
  | "source-refused"
  /** The whole screen was not shared. */
  | "screen-refused"
  /** The disk cannot hold what is recorded. */
  | "disk-full"
  /** Keys or files of the attempt are not on this device any more. */
  | "secrets-lost"
  /** The offscreen document did not answer. */
  | "recorder-silent"
  /** The sender may not ask this. */
  | "forbidden"
  /** A defect of ours; the console of the extension has the stack. */
  | "defect";

export type Outcome<T> = { ok: true; value: T } | { ok: false; problem: Problem };

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refused(problem: Problem): { ok: false; problem: Problem } {
  return { ok: false, problem };
}

/** A {@link Problem} on its way up. Its message names the problem and never holds a token or an address. */
export class Trouble extends Error {
  override readonly name = "Trouble";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super("code" in problem ? `${problem.kind}: ${problem.code}` : problem.kind);
    this.problem = problem;
  }
}

/** A {@link Trouble} of this side. */
export function trouble(code: LocalCode): Trouble {
  return new Trouble({ kind: "local", code });
}

/** What `work` gives, or the problem it met. Unknown errors become `defect` after `report` saw them. */
export async function outcomeOf<T>(
  work: () => Promise<T>,
  report: (error: unknown) => void,
): Promise<Outcome<T>> {
  try {
    return done(await work());
  } catch (error) {
    if (error instanceof Trouble) return refused(error.problem);
    report(error);
    return refused({ kind: "local", code: "defect" });
  }
}
