import { fromBase64, toBase64 } from "@invigil/sealed";
import type { Bytes, Keyring, PublicKeys } from "@invigil/sealed";
import type { PhraseAnswer, PhraseJob } from "./phrase.worker.ts";

/** A phrase that does not open the file, or a file that is not what it should be. */
export class PhraseRefused extends Error {
  override readonly name = "PhraseRefused";
  /** A kind of sealed.md §9, or `defect`. */
  readonly kind: string;
  constructor(kind: string) {
    super(kind);
    this.kind = kind;
  }
}

function ask(job: PhraseJob): Promise<PhraseAnswer> {
  const worker = new Worker(new URL("phrase.worker.ts", import.meta.url), { type: "module" });
  return new Promise<PhraseAnswer>((resolve, reject) => {
    worker.onmessage = (message: MessageEvent<PhraseAnswer>) => {
      resolve(message.data);
    };
    worker.onerror = () => {
      reject(new PhraseRefused("defect"));
    };
    worker.postMessage(job);
  }).finally(() => {
    worker.terminate();
  });
}

async function bytesOf(job: PhraseJob): Promise<Bytes> {
  const answer = await ask(job);
  if (answer.is === "bytes") return answer.bytes;
  throw new PhraseRefused(answer.is === "refused" ? answer.kind : "defect");
}

/** The keyring as an age file under the phrase, base64. */
export async function sealKeyringUnder(phrase: string, keyring: Keyring): Promise<string> {
  return toBase64(await bytesOf({ do: "seal-keyring", keyring, phrase }));
}

/** Any text as an age file under the phrase. */
export function sealUnder(phrase: string, text: string): Promise<Bytes> {
  return bytesOf({ do: "seal", plaintext: new TextEncoder().encode(text), phrase });
}

/** @throws PhraseRefused `wrong-key` for another phrase, `wrong-recipient` for somebody else's keyring */
export async function openKeyringUnder(
  phrase: string,
  file: string,
  expected: PublicKeys | null,
): Promise<Keyring> {
  const answer = await ask({ do: "open-keyring", file: fromBase64(file), phrase, expected });
  if (answer.is === "keyring") return answer.keyring;
  throw new PhraseRefused(answer.is === "refused" ? answer.kind : "defect");
}
