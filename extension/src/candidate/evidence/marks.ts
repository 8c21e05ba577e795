import { DURABLE, freshMark } from "./database.ts";
import type { Database, Mark } from "./database.ts";

/** Where an attempt's evidence stands: at hand, and on the disk for the next life. One writer at a time has it. */
export interface Marks {
  readonly now: Mark;
  /** Changes what is at hand at once, also where the disk takes it only later. */
  change(part: Partial<Mark>): Promise<void>;
}

/** The marks of an attempt. Fields that an earlier version did not know are as at the beginning. */
export async function openMarks(database: Database, attempt: string): Promise<Marks> {
  const stored = await database.get("marks", attempt);
  const marks = {
    now: { ...freshMark(attempt), ...stored },
    async change(part: Partial<Mark>): Promise<void> {
      marks.now = { ...marks.now, ...part };
      const writing = database.transaction("marks", "readwrite", DURABLE);
      // What was destroyed meanwhile does not come back.
      if ((await writing.store.get(attempt)) !== undefined) await writing.store.put(marks.now);
      await writing.done;
    },
  };
  if (stored === undefined) await database.put("marks", marks.now);
  return marks;
}
