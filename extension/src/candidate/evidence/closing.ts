import { openDatabase, rowsOf } from "./database.ts";
import { openShelf } from "./shelf.ts";
import type { Receipt } from "../attempt/state.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What the candidate keeps of a closed log. `leaves` are the whole log, its last one the close. */
export function receiptOf(
  leaves: readonly Bytes[],
  { note, opened_ms, bytes }: { note: string; opened_ms: number; bytes: number },
): Receipt {
  const close = new TextDecoder().decode(leaves.at(-1)).split("\n");
  const closed_ms = Number(close[2] ?? 0);
  const pairs = (close[3] ?? "").split(" ").filter((pair) => pair !== "");
  const counts = pairs.map((pair) => {
    const [stream, count] = pair.split("=");
    return [stream ?? "", Number(count)] as const;
  });
  return {
    note,
    log_size: leaves.length,
    closed_at: opened_ms + closed_ms,
    counts: Object.fromEntries(counts),
    bytes,
    complete: true,
  };
}

/** Forgets an attempt's secrets, log and files. S goes first and is overwritten before it is deleted. */
export async function destroy(attempt: string): Promise<void> {
  const base = await openDatabase();
  const secrets = await base.get("secrets", attempt);
  const opened = secrets?.opened ?? null;
  if (secrets !== undefined && opened !== null) {
    opened.secret.fill(0);
    await base.put("secrets", { ...secrets, token: "" });
  }
  const change = base.transaction(["secrets", "leaves", "files", "marks"], "readwrite");
  void change.objectStore("secrets").delete(attempt);
  void change.objectStore("leaves").delete(rowsOf(attempt));
  void change.objectStore("files").delete(rowsOf(attempt));
  void change.objectStore("marks").delete(attempt);
  await change.done;
  base.close();
  await (await openShelf(attempt)).removeAll();
}
