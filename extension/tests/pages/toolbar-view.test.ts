import { describe, expect, test } from "vitest";
import { hear, NOTHING_HEARD, timeText, viewOf } from "../../src/candidate/toolbar/view.ts";
import type { ExamNews } from "../../src/messages.ts";

const state = (changes: object = {}): ExamNews => ({
  kind: "state",
  phase: "recording",
  recording: { camera: "live", microphone: "live", screen: "live" },
  ...changes,
});
const upload = (is: "idle" | "sending" | "offline" | "stopped", files_left = 0): ExamNews => ({
  kind: "progress",
  disk_left_ms: null,
  upload: {
    is,
    files_left,
    bytes_left: files_left * 100_000,
    bytes_sent: 0,
    next_try_at: null,
    refused: false,
  },
});
const after = (...news: ExamNews[]): ReturnType<typeof viewOf> =>
  viewOf(news.reduce(hear, NOTHING_HEARD));

describe("the bar", () => {
  test("names what is recorded now", () => {
    expect(after(state(), upload("idle"))).toEqual({
      tone: "good",
      recording: "Recording: camera, microphone, screen",
      upload: "All sent",
      needsHelp: null,
      isOver: false,
    });
  });

  test("says what waits to be sent, with its size", () => {
    expect(after(state(), upload("sending", 3)).upload).toBe("300 kB to send");
  });

  test("stays calm without a network: a warning, and carry on", () => {
    expect(after(state(), upload("offline", 3))).toMatchObject({
      tone: "warn",
      upload: "No connection. Carry on",
    });
  });

  test("says in words that sending has stopped", () => {
    expect(after(state(), upload("stopped", 3))).toMatchObject({
      tone: "warn",
      upload: "Sending has stopped. Carry on: it is still recorded",
    });
  });

  test("asks for help when the screen is not shared any more", () => {
    const lost = state({ recording: { camera: "live", microphone: "live", screen: "lost" } });

    expect(after(lost)).toMatchObject({
      tone: "bad",
      needsHelp: "Screen stopped. Press to start it again",
    });
  });

  test("leads to where the recording goes on when it was interrupted", () => {
    expect(after(state({ phase: "interrupted" }))).toMatchObject({
      tone: "bad",
      needsHelp: "The recording stopped. Press to go on",
    });
  });

  test("says nothing of a source that was noted and is off", () => {
    const off = state({ recording: { camera: "off", microphone: "live", screen: "live" } });

    expect(after(off)).toMatchObject({
      tone: "good",
      recording: "Recording: microphone, screen",
      needsHelp: null,
    });
  });

  test("is over when the exam has ended", () => {
    expect(after(state({ phase: "ended" }))).toMatchObject({
      isOver: true,
      recording: "Recording has ended",
    });
  });

  test("counts from the start", () => {
    expect(timeText({ started_at: 1000 }, 3_723_000 + 1000)).toBe("1:02:03");
  });
});
