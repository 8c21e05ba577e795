import { segmentIdentity, streamSecret } from "./schedule.ts";
import { type Bytes, toBase64 } from "./text.ts";

/**
 * The text of `identities.txt` (export.md): for each stream its secret in a comment, then the identity of each file.
 * @param files indices by stream.
 */
export async function identitiesText(
  secret: Bytes,
  attempt: string,
  files: ReadonlyMap<string, readonly number[]>,
): Promise<string> {
  const parts: string[] = [];
  for (const stream of [...files.keys()].sort()) {
    const secretOfStream = await streamSecret(secret, attempt, stream);
    parts.push(`# stream ${stream} ${toBase64(secretOfStream)}`);
    for (const index of files.get(stream) ?? []) {
      parts.push(`# ${stream}-${index}`, await segmentIdentity(secretOfStream, index));
    }
  }
  return parts.map((line) => `${line}\n`).join("");
}
