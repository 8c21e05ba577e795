/** What a check found, in the candidate's words. */
export interface Finding {
  result: "passed" | "failed";
  /** One sentence: how it is, or how to put it right. Sealed with the checks for the reviewer. */
  sentence: string;
  /** True where going on is better than standing still: offered at once, not only after the second failure. */
  mayPass?: boolean;
}

export function passed(sentence: string): Finding {
  return { result: "passed", sentence };
}

export function failed(sentence: string, options: { mayPass?: boolean } = {}): Finding {
  return { result: "failed", sentence, ...options };
}
