import { expect, test } from "vitest";
import { Recorder } from "../../src/candidate/capture/recorder.ts";
import type { RecorderWorld } from "../../src/candidate/capture/recorder.ts";
import { Turns } from "../../src/turns.ts";
import { aRecord } from "./launches.ts";
import { settle } from "./fake-world.ts";

const nothing = (): void => undefined;

/** A FAKE evidence room that writes down what it is asked, and answers when told to. */
function aRecorder() {
  const asked: string[] = [];
  const waiting: (() => void)[] = [];
  const evidence = ((kind: string) => {
    asked.push(kind);
    return new Promise<unknown>((resolve) => {
      waiting.push(() => {
        resolve({ opened_ms: 0, reached_ms: 0 });
      });
    });
  }) as unknown as RecorderWorld["evidence"];
  const world = { evidence, onLost: nothing, onProgress: nothing };
  const rest = { onServerState: nothing, onTrouble: nothing, report: nothing };
  const recorder = new Recorder({ ...world, ...rest, onClosed: nothing });
  const answer = (): void => {
    for (const one of waiting.splice(0)) one();
  };
  return { recorder, asked, answer };
}

test("whoever asks for the uploads while they are taken up waits for the same log", async () => {
  const { recorder, asked, answer } = aRecorder();
  const record = aRecord("interrupted");

  const both = Promise.all([recorder.resumeUpload(record), recorder.resumeUpload(record)]);
  await settle();
  answer();
  await both;
  await recorder.resumeUpload(record);

  expect(asked).toEqual(["resume"]);
});

test("works that must not overlap follow each other, also after one that failed", async () => {
  const turns = new Turns();
  const seen: string[] = [];
  const work = (name: string) => async (): Promise<void> => {
    seen.push(`${name} begins`);
    await settle();
    seen.push(`${name} ends`);
    if (name === "first") throw new Error(name);
  };

  const first = turns.take(work("first"));
  const second = turns.take(work("second"));

  await expect(first).rejects.toThrow("first");
  await second;
  expect(seen).toEqual(["first begins", "first ends", "second begins", "second ends"]);
});
