import type { AttemptState, AttemptSummary } from "../wire.ts";
import type { Glimpse } from "./glimpses.svelte.ts";

/** Which attempts the list shows, and in which order. Pure. */
export type Column = "candidate" | "state" | "started" | "length" | "size" | "summary" | "record";
export type Choice = "all" | "worth" | "running" | "over";

export interface Order {
  by: Column;
  isDescending: boolean;
}

/** An attempt and what its sealed summary says: undefined: not opened yet; null: it cannot be opened. */
export interface Row {
  attempt: AttemptSummary;
  glimpse: Glimpse | null | undefined;
}

const ORDER_OF_STATES: readonly AttemptState[] = [
  "interrupted",
  "running",
  "paused",
  "ready",
  "checking",
  "created",
  "terminated",
  "ended",
];
const isOver = ({ state }: AttemptSummary): boolean => state === "ended" || state === "terminated";

/** ms from the start to the end, or to the last sign of life; null before the start. */
export function lengthMs({ started, ended, heard }: AttemptSummary): number | null {
  return started === null ? null : Math.max(0, (ended ?? heard) - started);
}

/** Whether only the entry remains: the time is over that candidates were told. */
export function isDeleted({ deleted }: AttemptSummary): boolean {
  return typeof deleted === "number";
}

/** Something that a person may want to see: an interruption, a gap, a noted check, a record that was not closed. */
export function isWorthALook({ attempt, glimpse }: Row): boolean {
  if (isDeleted(attempt)) return false;
  if (attempt.state === "interrupted" || (isOver(attempt) && attempt.closed === null)) return true;
  if (glimpse === undefined) return false;
  return glimpse === null || glimpse.gaps > 0 || glimpse.noted > 0;
}

export function isChosen(row: Row, choice: Choice): boolean {
  switch (choice) {
    case "all":
      return true;
    case "worth":
      return isWorthALook(row);
    case "running":
      return ["running", "paused", "interrupted"].includes(row.attempt.state);
    case "over":
      return isOver(row.attempt);
  }
}

/** Sorted anew; what is equal stands by name and number. */
export function ordered(rows: readonly Row[], { by, isDescending }: Order): Row[] {
  const sign = isDescending ? -1 : 1;
  return [...rows].sort(
    (one, other) => sign * compare(one, other, by) || compare(one, other, "candidate"),
  );
}

function compare(one: Row, other: Row, by: Column): number {
  if (by === "candidate") {
    const [a, b] = [one.attempt, other.attempt];
    return a.candidate.name.localeCompare(b.candidate.name) || a.number - b.number;
  }
  return rank(one, by) - rank(other, by);
}

function rank({ attempt, glimpse }: Row, by: Exclude<Column, "candidate">): number {
  switch (by) {
    case "state":
      return ORDER_OF_STATES.indexOf(attempt.state);
    case "started":
      return attempt.started ?? 0;
    case "length":
      return lengthMs(attempt) ?? -1;
    case "size":
      return attempt.bytes;
    case "summary":
      if (glimpse === undefined) return -1;
      return glimpse === null ? Infinity : 1000 * glimpse.gaps + glimpse.noted;
    case "record":
      return attempt.closed ?? 0;
  }
}
