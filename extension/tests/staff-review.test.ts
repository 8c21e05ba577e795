import { describe, expect, test } from "vitest";
import { isSame, parts } from "../src/staff/player/initialisation.ts";
import { follow } from "../src/staff/player/picture.ts";
import { picturesIn } from "../src/staff/player/pictures.ts";
import { Transport } from "../src/staff/player/transport.ts";
import { Courtesy } from "../src/staff/review/courtesy.ts";
import { isChosen, lengthMs, ordered } from "../src/staff/review/ordering.ts";
import type { Row } from "../src/staff/review/ordering.ts";
import { Round } from "../src/staff/review/round.ts";
import type { AttemptState } from "../src/staff/wire.ts";

const box = (type: string, size = 8): number[] => [
  ...[0, 0, 0, size],
  ...new TextEncoder().encode(type),
  ...Array.from({ length: size - 8 }, () => 1),
];

describe("a recorded file", () => {
  test("is parted where its fragment begins", () => {
    const file = new Uint8Array([
      ...box("ftyp"),
      ...box("moov", 12),
      ...box("moof"),
      ...box("mdat"),
    ]);

    const { initialisation, media } = parts(file);

    expect([...initialisation]).toEqual([...box("ftyp"), ...box("moov", 12)]);
    expect([...media]).toEqual([...box("moof"), ...box("mdat")]);
  });

  test.each([[[]], [box("free")], [[0, 0, 0, 0, 1, 1, 1, 1]]])(
    "without a fragment is all media: %j",
    (bytes) => {
      const { initialisation, media } = parts(new Uint8Array(bytes));

      expect([initialisation.length, media.length]).toEqual([0, bytes.length]);
    },
  );

  test("has the same initialisation only byte for byte", () => {
    expect(isSame(new Uint8Array([1, 2]), new Uint8Array([1, 2]))).toBe(true);
    expect(isSame(new Uint8Array([1, 2]), new Uint8Array([1, 3]))).toBe(false);
    expect(isSame(new Uint8Array([1, 2]), new Uint8Array([1]))).toBe(false);
  });
});

describe("the pictures of a file", () => {
  const whole = (type: string, ...content: number[]): number[] => [
    ...[0, 0, 0, content.length + 8],
    ...new TextEncoder().encode(type),
    ...content,
  ];
  const fragment = (...counts: number[]): number[] => [
    ...whole(
      "moof",
      ...whole("mfhd", 0, 0, 0, 0, 0, 0, 0, 1),
      ...counts.flatMap((count) => whole("traf", ...whole("trun", 0, 0, 0, 1, 0, 0, 0, count))),
    ),
    ...whole("mdat", 7),
  ];
  const count = (...bytes: number[]): number => picturesIn(new Uint8Array(bytes));

  test("are those of all its fragments", () => {
    expect(count(...fragment(5), ...fragment(1))).toBe(6);
  });

  test("are never counted too many for the sound beside them", () => {
    expect(count(...fragment(3, 83))).toBe(3);
  });

  test.each([[[]], [whole("mdat", 1, 2)], [whole("moof")], [fragment(5).slice(0, 20)]])(
    "are none in what holds none: %j",
    (bytes) => {
      expect(count(...bytes)).toBe(0);
    },
  );
});

describe("the round of a reviewer", () => {
  test("goes through the list as it was left, and ends at its ends", () => {
    const round = new Round();
    round.keep("exam", ["b", "a", "c"]);

    expect([round.beside("a", -1), round.beside("a", 1)]).toEqual(["b", "c"]);
    expect([round.beside("b", -1), round.beside("c", 1)]).toEqual([null, null]);
    expect(round.placeOf("c")).toEqual({ place: 3, all: 3 });
    expect([round.knows("exam", "a"), round.knows("other", "a")]).toEqual([true, false]);
  });
});

function row(name: string, change: Partial<Row["attempt"]> = {}, glimpse?: Row["glimpse"]): Row {
  const attempt = {
    id: name,
    number: 1,
    candidate: { id: name, name },
    state: "ended" as AttemptState,
    created: 0,
    started: 1_000,
    ended: 61_000,
    closed: 62_000,
    heard: 62_000,
    log_size: 1,
    bytes: 1,
    epoch: 1,
    ...change,
  };
  return { attempt, glimpse };
}
const names = (rows: readonly Row[]): string[] => rows.map((one) => one.attempt.id);

describe("the list of attempts", () => {
  const rows = [
    row("Mina", { bytes: 5 }, { gaps: 0, noted: 0 }),
    row("Ada", { bytes: 5, closed: null }, { gaps: 2, noted: 0 }),
    row("Jonas", { bytes: 9, state: "running", ended: null, closed: null }),
    row("Lea", { bytes: 1 }, null),
  ];

  test("is by name at first, and equal ones stay by name", () => {
    expect(names(ordered(rows, { by: "candidate", isDescending: false }))).toEqual([
      "Ada",
      "Jonas",
      "Lea",
      "Mina",
    ]);
    expect(names(ordered(rows, { by: "size", isDescending: true }))).toEqual([
      "Jonas",
      "Ada",
      "Mina",
      "Lea",
    ]);
  });

  test("has what cannot be opened first when it is sorted by what happened", () => {
    const found = names(ordered(rows, { by: "summary", isDescending: true }));

    expect(found).toEqual(["Lea", "Ada", "Mina", "Jonas"]);
  });

  test("calls a gap, an open end and an unread summary worth a look, a calm attempt not", () => {
    expect(names(rows.filter((one) => isChosen(one, "worth")))).toEqual(["Ada", "Lea"]);
    expect(names(rows.filter((one) => isChosen(one, "running")))).toEqual(["Jonas"]);
  });

  test("leaves a deleted recording in the list, and asks nobody to look at it", () => {
    const deleted = row("Sam", { state: "ended", closed: null, deleted: 1_795_428_000_000 });

    expect(isChosen(deleted, "all")).toBe(true);
    expect(isChosen(deleted, "worth")).toBe(false);
  });

  test("counts a running attempt up to its last sign of life", () => {
    expect(rows.map((one) => lengthMs(one.attempt))).toEqual([60_000, 60_000, 61_000, 60_000]);
    expect(lengthMs(row("Tom", { started: null }).attempt)).toBeNull();
  });
});

describe("what nobody waits for", () => {
  test("waits until nobody waits for anything", async () => {
    const courtesy = new Courtesy();
    const done: string[] = [];
    let finish = (): void => undefined;
    const wanted = courtesy.first(
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const background = courtesy.quiet().then(() => done.push("background"));

    await Promise.resolve();
    expect(done).toEqual([]);
    finish();
    await wanted;
    await background;

    expect(done).toEqual(["background"]);
  });

  test("waits while a picture is awaited", async () => {
    const courtesy = new Courtesy();
    const done: string[] = [];
    courtesy.isAwaited = true;
    const background = courtesy.quiet().then(() => done.push("background"));

    await courtesy.first(() => Promise.resolve());
    await Promise.resolve();
    expect(done).toEqual([]);
    courtesy.isAwaited = false;
    await background;

    expect(done).toEqual(["background"]);
  });

  test("goes on after a failure", async () => {
    const courtesy = new Courtesy();

    await expect(courtesy.first(() => Promise.reject(new Error("gone")))).rejects.toThrow("gone");
    await expect(courtesy.quiet()).resolves.toBeUndefined();
  });
});

describe("a picture that follows the playhead", () => {
  const stage = (landing: number | null) => {
    const video = {
      currentTime: 20,
      seeking: false,
      paused: true,
      playbackRate: 1,
      readyState: 4,
      HAVE_CURRENT_DATA: 2,
      pause: () => undefined,
    };
    const transport = new Transport();
    transport.seek(30_000, 0);
    const wants: number[][] = [];
    const reel = {
      video: video as unknown as HTMLVideoElement,
      tape: { covers: () => true },
      landing: () => landing,
      isFed: () => false,
      want: (...wish: number[]) => wants.push(wish),
    };
    return { video, transport, wants, reel };
  };

  test("is never sent to where there is no picture yet", () => {
    const { video, transport, reel } = stage(null);

    expect(follow(reel, transport, 0, true)).toBe("loading");
    expect(video.currentTime).toBe(20);
  });

  test("asks for little while somebody waits for either picture, for more afterwards", () => {
    const { transport, wants, reel } = stage(30_000);

    follow(reel, transport, 0, true);
    follow(reel, transport, 0, false);

    expect(wants).toEqual([
      [30_000, 5_000],
      [30_000, 20_000],
    ]);
  });
});
