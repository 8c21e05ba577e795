import { formatLeaf, type Leaf } from "../src/leaves.ts";
import { keyName } from "../src/names.ts";
import { signerFromSeed } from "../src/note.ts";
import { type Bytes, decodeText, encodeText, toBase64 } from "../src/text.ts";
import { ATTEMPT, EXAM_SCOPE, INSTITUTION, OPENED_MS, seed } from "./seeds.ts";

async function examples(): Promise<Leaf[]> {
  const attemptKey = await signerFromSeed(
    keyName.attempt(INSTITUTION, ATTEMPT),
    await seed("key attempt"),
  );
  const deviceKey = await signerFromSeed(
    keyName.device(INSTITUTION, ATTEMPT),
    await seed("key device"),
  );
  const segment = {
    kind: "segment",
    attempt: ATTEMPT,
    stream: "camera",
    index: 0,
    t0Ms: 0,
    t1Ms: 5000,
    continuity: "whole",
    length: 153_600,
    hash: await seed("file"),
  } as const;
  return [
    {
      kind: "open",
      institution: INSTITUTION,
      attempt: ATTEMPT,
      scope: EXAM_SCOPE,
      epoch: 1,
      wrapHash: await seed("wrap"),
      attemptVkey: attemptKey.vkey,
      deviceVkey: deviceKey.vkey,
      openedMs: OPENED_MS,
      logHead: { size: 3, rootHash: await seed("key log root") },
      nonce: (await seed("nonce")).slice(0, 16),
      clientVersion: "0.1.0",
    },
    segment,
    {
      ...segment,
      stream: "screen",
      index: 12,
      t0Ms: 60_000,
      t1Ms: 60_000,
      continuity: "delta",
      length: 0,
    },
    { ...segment, stream: "a", index: 2 ** 53 - 1, length: 8_388_608 },
    { kind: "gap", attempt: ATTEMPT, fromMs: 5000, toMs: 65_000, cause: "crash" },
    {
      kind: "close",
      attempt: ATTEMPT,
      closedMs: 65_000,
      counts: new Map([
        ["camera", 1],
        ["screen", 13],
      ]),
    },
    { kind: "close", attempt: ATTEMPT, closedMs: 0, counts: new Map() },
  ];
}

/** The leaves of sealed.md §7 and what is refused in their place. */
export async function leafVectors() {
  const leaves = await examples();
  const texts = leaves.map((leaf) => decodeText(formatLeaf(leaf)));
  return {
    leaves: leaves.map((leaf) => ({ leaf: toBase64(formatLeaf(leaf)), fields: fieldsOf(leaf) })),
    refused: refusals(texts).map(({ bytes, ...one }) => ({ ...one, leaf: toBase64(bytes) })),
  };
}

/** Names in snake case, bytes as base64, as the README of the vectors says. */
function fieldsOf(leaf: Leaf): Record<string, unknown> {
  const plain = (value: unknown): unknown => {
    if (value instanceof Uint8Array) return toBase64(value);
    if (value instanceof Map) return Object.fromEntries(value as Map<string, number>);
    return typeof value === "object" && value !== null ? snake(value) : value;
  };
  const snake = (value: object) =>
    Object.fromEntries(
      Object.entries(value).map(([key, field]) => [
        key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
        plain(field),
      ]),
    );
  return snake(leaf);
}

function refusals(texts: readonly string[]) {
  const [open = "", segment = "", delta = "", , gap = "", close = ""] = texts;
  const cases: { sentence: string; kind: string; bytes: Bytes }[] = [];
  const refuse = (sentence: string, text: string | Bytes, kind = "malformed") =>
    cases.push({ sentence, kind, bytes: typeof text === "string" ? encodeText(text) : text });

  refuse("Nothing.", "");
  refuse("One line feed: an unknown first line.", "\n", "unsupported-version");
  refuse("An unknown first line.", segment.replace("segment", "secret"), "unsupported-version");
  refuse("Version 2.", segment.replace("v1", "v2"), "unsupported-version");
  refuse(
    "A statement in a leaf's place.",
    segment.replace("segment", "staff-key"),
    "unsupported-version",
  );
  refuse(
    "A space after the first line.",
    segment.replace("segment\n", "segment \n"),
    "unsupported-version",
  );
  refuse("A byte order mark.", `\ufeff${segment}`, "unsupported-version");
  refuse("No line feed at the end.", segment.slice(0, -1));
  refuse("Carriage returns.", segment.replaceAll("\n", "\r\n"));
  refuse("A line too many.", `${segment}\n`);
  refuse("A line too few.", segment.split("\n").slice(0, -2).join("\n") + "\n");
  refuse("Two spaces between fields.", segment.replace("0 5000", "0  5000"));
  refuse("A space at the end of a line.", segment.replace("whole\n", "whole \n"));
  refuse("A field too many.", segment.replace("whole\n", "whole x\n"));
  refuse("A tabulator between fields.", segment.replace("0 5000", "0\t5000"));
  refuse("A leading zero.", segment.replace(" 5000 ", " 05000 "));
  refuse("A sign.", segment.replace(" 5000 ", " +5000 "));
  refuse("A minus.", segment.replace("0 5000", "-1 5000"));
  refuse("A decimal point.", segment.replace(" 5000 ", " 5000.0 "));
  refuse("An exponent.", segment.replace(" 5000 ", " 5e3 "));
  refuse("Hexadecimal.", segment.replace(" 5000 ", " 0x10 "));
  refuse("Digits of another script.", segment.replace(" 5000 ", " ٥000 "));
  refuse("An integer of 2^53.", segment.replace("camera\n0\n", "camera\n9007199254740992\n"));
  refuse("t0 after t1.", segment.replace("0 5000", "5001 5000"));
  refuse("An unknown word for whole or delta.", segment.replace("whole", "half"));
  refuse("A length over the cap of a file.", segment.replace("153600", "8388609"));
  refuse("A hash of 31 bytes.", segment.replace(/\n[^\n]+\n$/, `\n${"A".repeat(40)}AA==\n`));
  refuse("Base64 without padding.", segment.replace("=\n", "\n"));
  refuse(
    "Base64 with stray bits.",
    segment.replace(/.=\n$/, (end) => `${nextCharacter(end[0] ?? "")}=\n`),
  );
  refuse("The URL's base64.", segment.replace(/\n[^\n]+\n$/, `\n${"_".repeat(42)}8=\n`));
  refuse("A stream in capitals.", segment.replace("camera", "Camera"));
  refuse("A stream that begins with a digit.", segment.replace("camera", "2camera"));
  refuse("A stream of 25 characters.", segment.replace("camera", "c".repeat(25)));
  refuse("An attempt of 25 characters.", segment.replace(ATTEMPT, ATTEMPT.slice(1)));
  refuse("An attempt in capitals.", segment.replace(ATTEMPT, ATTEMPT.toUpperCase()));
  refuse(
    "Not UTF-8.",
    Uint8Array.from(encodeText(delta), (byte, at) => (at === 20 ? 0xff : byte)),
  );
  refuse("Over 8 KiB.", segment + "x".repeat(8192));
  refuse("An unknown cause of a gap.", gap.replace("crash", "coffee"));
  refuse("A gap that ends before it begins.", gap.replace("5000 65000", "65001 65000"));
  refuse(
    "Streams of a close out of order.",
    close.replace("camera=1 screen=13", "screen=13 camera=1"),
  );
  refuse("A stream twice in a close.", close.replace("camera=1", "camera=1 camera=1"));
  refuse("A stream with no file in a close.", close.replace("camera=1", "camera=0"));
  refuse("A close without its line of counts.", close.replace(/[^\n]+\n$/, ""));
  refuse("Epoch 0.", open.replace(`${EXAM_SCOPE} 1`, `${EXAM_SCOPE} 0`));
  refuse("A scope of an unknown kind.", open.replace("exam/", "room/"));
  refuse("The attempt key under the device's name.", open.replace("/attempt/", "/device/"));
  refuse("The device's key under the attempt's name.", open.replace("/device/", "/attempt/"));
  refuse(
    "An attempt key of another attempt.",
    open.replace(`/attempt/${ATTEMPT}`, `/attempt/${ATTEMPT.slice(0, -1)}9`),
  );
  refuse(
    "A nonce of 15 bytes.",
    open.replace(/\n[^\n]+\n0\.1\.0\n$/, `\n${"A".repeat(20)}\n0.1.0\n`),
  );
  refuse("A client version in two parts.", open.replace("0.1.0", "0.1"));
  return cases;
}

function nextCharacter(character: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return alphabet[alphabet.indexOf(character) + 1] ?? "B";
}
