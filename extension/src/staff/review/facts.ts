import { words } from "./words.ts";

/** What the candidate's extension sealed beside the pictures, read with care: it is evidence, not our own data. */
export interface SignedAgreement {
  name: string;
  text: string;
}

export interface CheckLine {
  id: string;
  result: string;
  note: string;
}

export interface DiaryLine {
  /** ms since the opening. */
  t: number;
  text: string;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null;
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

export function readAgreement(values: readonly unknown[]): SignedAgreement | null {
  const [first] = values;
  return isFields(first)
    ? { name: textOf(first["typed_name"]), text: textOf(first["text"]) }
    : null;
}

export function readChecks(values: readonly unknown[]): CheckLine[] {
  const [first] = values;
  if (!isFields(first)) return [];
  return Object.entries(first).flatMap(([id, outcome]) =>
    isFields(outcome)
      ? [{ id, result: textOf(outcome["result"]), note: textOf(outcome["note"]) }]
      : [],
  );
}

/** One line for each event; what is not understood is shown by its kind, never dropped. */
export function diaryLines(events: readonly unknown[]): DiaryLine[] {
  return events.filter(isFields).map((event) => {
    const { t, kind, ...rest } = event;
    const known = words.diary[[textOf(kind), ...Object.values(rest).map(String)].join(" ")];
    const details = Object.entries(rest).map(
      ([name, value]) => `${name.replaceAll("_", " ")} ${String(value)}`,
    );
    const said = textOf(kind).replaceAll("-", " ").replaceAll("_", " ");
    return {
      t: typeof t === "number" ? t : 0,
      text: known ?? [said.charAt(0).toUpperCase() + said.slice(1), ...details].join(", "),
    };
  });
}
