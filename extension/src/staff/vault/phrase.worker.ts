import { openKeyring, SealedError, sealKeyring, sealWithPhrase } from "@invigil/sealed";
import type { Bytes, Keyring, PublicKeys } from "@invigil/sealed";

/** scrypt takes about a second: here, so that the page stays alive. */
export type PhraseJob =
  | { do: "seal-keyring"; keyring: Keyring; phrase: string }
  | { do: "open-keyring"; file: Bytes; phrase: string; expected: PublicKeys | null }
  | { do: "seal"; plaintext: Bytes; phrase: string };
export type PhraseAnswer =
  | { is: "bytes"; bytes: Bytes }
  | { is: "keyring"; keyring: Keyring }
  | { is: "refused"; kind: string };

async function work(job: PhraseJob): Promise<PhraseAnswer> {
  switch (job.do) {
    case "seal-keyring":
      return { is: "bytes", bytes: await sealKeyring(job.keyring, job.phrase) };
    case "open-keyring":
      return { is: "keyring", keyring: await openKeyring(job.file, job.phrase, job.expected) };
    case "seal":
      return { is: "bytes", bytes: await sealWithPhrase(job.plaintext, job.phrase) };
  }
}

// A worker hears its own page only, and lives for one job.
self.onmessage = (message: MessageEvent<PhraseJob>) => {
  work(message.data).then(
    (answer) => {
      self.postMessage(answer);
    },
    (error: unknown) => {
      self.postMessage({
        is: "refused",
        kind: error instanceof SealedError ? error.kind : "defect",
      } satisfies PhraseAnswer);
    },
  );
};
