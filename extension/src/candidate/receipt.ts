import type { AttemptRecord, Receipt } from "./attempt/state.ts";

/** The candidate's own proof: a readable head and, below, the cosigned checkpoint that anyone can check (sealed.md §4). */
export function receiptFile(record: AttemptRecord, receipt: Receipt): string {
  const counts = Object.entries(receipt.counts).map(([stream, count]) => `  ${stream}: ${count}`);
  return [
    "Receipt of a recorded exam",
    "",
    `Institution: ${record.institution.name}`,
    `Exam: ${record.exam.title}`,
    `Attempt: ${record.attempt.id}`,
    `Closed: ${new Date(receipt.closed_at).toISOString()}`,
    `Bytes: ${receipt.bytes}`,
    "Files:",
    ...counts,
    ...(record.key?.is === "trusted"
      ? [`Institution's fingerprint: ${record.key.fingerprint_hex}`]
      : []),
    "",
    "What follows is signed by this attempt's key and by the server. It proves that the server held",
    "all of this, unaltered, at the time of its signature. It opens nothing.",
    "",
    receipt.note,
  ].join("\n");
}
