/** Figures as people read them. */

/** 3 400 000 → "3.4 MB". */
export function bytes(count: number): string {
  if (count < 1_000_000) return `${Math.ceil(count / 1000)} kB`;
  return `${(count / 1_000_000).toFixed(count < 10_000_000 ? 1 : 0)} MB`;
}

/** Milliseconds → "1:04:09", or "4:09" below an hour. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const pad = (n: number): string => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0
    ? `${hours}:${pad(minutes)}:${pad(seconds % 60)}`
    : `${minutes}:${pad(seconds % 60)}`;
}

/** The time of day, as the clock of this computer shows it. */
export function timeOfDay(at: number): string {
  return new Intl.DateTimeFormat("en", { hour: "numeric", minute: "2-digit" }).format(at);
}

const DAY_MS = 86_400_000;

/** When evidence recorded around `from` is deleted. */
export function deletedAt(from: number, retentionDays: number): number {
  return from + retentionDays * DAY_MS;
}
