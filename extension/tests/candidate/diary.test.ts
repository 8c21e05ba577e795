import { readEvents } from "@invigil/sealed";
import type { AttemptSealer } from "@invigil/sealed";
import { describe, expect, test } from "vitest";
import { Diary } from "../../src/candidate/evidence/diary.ts";
import { MarksInMemory } from "./a-life.ts";

/** A FAKE sealer: seals nothing, takes its time, and may find the disk full. */
class FakeSealer {
  pages: (readonly unknown[])[] = [];
  isFull = false;
  gaps = 0;

  nextIndex = (): number => this.pages.length;

  segment = async ({ plaintext }: Parameters<AttemptSealer["segment"]>[0]): Promise<void> => {
    await new Promise((later) => setTimeout(later, 5));
    if (this.isFull) throw new Error("full");
    this.pages.push(readEvents(plaintext));
  };
}

const event = (t: number) => ({ t, kind: "place", place: "after" }) as const;

describe("the diary", () => {
  test("has every event once, also when the end comes while a page is being sealed", async () => {
    const sealer = new FakeSealer();
    const diary = new Diary({ sealer, marks: new MarksInMemory(), reached_ms: 0 });
    diary.note(event(1));

    const page = diary.sealEvents(5_000);
    diary.note(event(2));
    await Promise.all([page, diary.sealEvents(5_100)]);

    expect(sealer.pages.flat()).toEqual([event(1), event(2)]);
  });

  test("keeps what a full disk did not take for the next page", async () => {
    const sealer = new FakeSealer();
    const diary = new Diary({ sealer, marks: new MarksInMemory(), reached_ms: 0 });
    diary.note(event(1));
    sealer.isFull = true;

    await expect(diary.sealEvents(5_000)).rejects.toThrow("full");
    sealer.isFull = false;
    await diary.sealEvents(10_000);

    expect(sealer.pages.flat()).toEqual([event(1)]);
  });
});
