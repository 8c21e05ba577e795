import { createHash } from "node:crypto";
import { inflateSync } from "node:zlib";
import * as cctv from "cctv-age";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import {
  makeIdentity,
  openAge,
  openFile,
  openWithPhrase,
  openWrap,
  recipientOf,
  sealFile,
  sealWrap,
} from "../src/age.ts";
import { SealedError } from "../src/errors.ts";
import { segmentIdentity } from "../src/schedule.ts";
import { type Bytes, decodeText, encodeText, fromBase64, LIMITS, toHex } from "../src/text.ts";
import { kindOf, readVectors } from "./vectors.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

interface AgeVectors {
  plaintext: string;
  hybrid_identity: string;
  x25519_identity: string;
  phrase: string;
  files: {
    rule: "wrap" | "segment" | "phrase";
    sentence: string;
    kind: string | null;
    file: string;
  }[];
}
const vectors = readVectors("age.json") as AgeVectors;
const doors = {
  wrap: (file: Bytes) => openWrap(file, vectors.hybrid_identity),
  segment: (file: Bytes) => openFile(file, vectors.x25519_identity),
  phrase: (file: Bytes) => openWithPhrase(file, vectors.phrase),
};

describe("an age file", () => {
  test.each(vectors.files)("opened as a $rule: $sentence", async ({ rule, kind, file }) => {
    const open = () => doors[rule](fromBase64(file));

    if (kind === null) expect(decodeText(await open())).toBe(vectors.plaintext);
    else expect(await kindOf(open)).toBe(kind);
  });
});

interface Cctv {
  name: string;
  expect: string;
  fields: Map<string, string>;
  file: Bytes;
}

function readCctv([name, bytes]: [string, Uint8Array]): Cctv {
  const border = Buffer.from(bytes).indexOf("\n\n");
  const head = Buffer.from(bytes.subarray(0, border)).toString("utf8");
  const fields = new Map(head.split("\n").map((line) => line.split(": ", 2) as [string, string]));
  const body = bytes.subarray(border + 2);
  const file = fields.get("compressed") === "zlib" ? inflateSync(body) : body;
  // The suite counts the payload's nonce to the header; our one word for what comes after the MAC is `tampered`.
  const outcome = /^stream_(no|short)_nonce$/.test(name)
    ? "nonce failure"
    : (fields.get("expect") ?? "");
  return { name, expect: outcome, fields, file: new Uint8Array(file) };
}

/** Our answer to each outcome that the suite knows. A key's own stanza that is malformed is a wrong key to us. */
const OUTCOMES: Record<string, readonly string[]> = {
  success: ["opened"],
  "header failure": ["malformed", "wrong-key"],
  "nonce failure": ["tampered"],
  "armor failure": ["malformed"],
  "no match": ["wrong-key"],
  "HMAC failure": ["wrong-key"],
  "payload failure": ["tampered"],
};

describe("the public vectors of age (C2SP CCTV)", () => {
  const suite = Object.entries(cctv as Record<string, unknown>)
    .filter((entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array)
    .map(readCctv);

  test("are all here", () => {
    expect(suite).toHaveLength(143);
    expect(new Set(suite.map((one) => one.expect))).toEqual(new Set(Object.keys(OUTCOMES)));
  });

  test.each(suite)("$name: $expect", async ({ expect: outcome, fields, file }) => {
    const any = () => undefined;
    const opened = await openAge(file, any, (decrypter) => {
      const [identity, phrase] = [fields.get("identity"), fields.get("passphrase")];
      if (identity !== undefined) decrypter.addIdentity(identity);
      if (phrase !== undefined) decrypter.addPassphrase(phrase);
    }).catch((error: unknown) => error);

    // Files of ours are binary: armor is refused whether it is well made or not.
    if (fields.has("armored")) expect(opened).toMatchObject({ kind: "malformed" });
    else if (opened instanceof SealedError) expect(OUTCOMES[outcome]).toContain(opened.kind);
    else expect([outcome, hashOf(opened as Bytes)]).toEqual(["success", fields.get("payload")]);
  });

  test.each(suite.filter((one) => one.fields.has("identity") && !one.fields.has("armored")))(
    "$name opens at our door only with its one recipient",
    async ({ expect: outcome, fields, file }) => {
      const identity = fields.get("identity") ?? "";
      const open = identity.startsWith("AGE-SECRET-KEY-PQ-") ? openWrap : openFile;
      const types = stanzaTypes(file);

      const kind = await kindOf(() => open(file, identity));

      if (kind === "no error") expect(outcome).toBe("success");
      const isOurs =
        open === openWrap
          ? types.every((type) => type === "mlkem768x25519")
          : types.join() === "X25519";
      const due = file.length > LIMITS.file ? "malformed" : isOurs ? "no error" : "downgrade";
      if (outcome === "success") expect(kind).toBe(due);
    },
  );
});

function hashOf(bytes: Bytes): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function stanzaTypes(file: Bytes): string[] {
  const header = Buffer.from(file).toString("latin1").split("\n--- ")[0] ?? "";
  return header
    .split("\n")
    .flatMap((line) => (line.startsWith("-> ") ? [line.split(" ")[1] ?? ""] : []));
}

describe("a segment file", () => {
  const secret = new Uint8Array(32).fill(7);

  test.each([0, 1, 65_535, 65_536, 65_537, 131_071, 131_072, 131_073])(
    "of %i bytes opens again, 0 bytes included",
    async (length) => {
      const plaintext = new Uint8Array(length).fill(0xa5);
      const identity = await segmentIdentity(secret, length);

      const file = await sealFile(plaintext, identity);

      expect(toHex(await openFile(file, identity))).toBe(toHex(plaintext));
    },
  );

  test("never has the same bytes twice, so sealing an index again reuses no nonce", async () => {
    const identity = await segmentIdentity(secret, 0);
    const files = await Promise.all(
      Array.from({ length: 20 }, () => sealFile(encodeText("same"), identity)),
    );

    const nonces = files.map((file) => toHex(file.subarray(-(4 + 16 + 16), -(4 + 16))));
    expect(new Set(nonces).size).toBe(20);
  });

  test("over its cap is neither made nor opened", async () => {
    const identity = await segmentIdentity(secret, 0);
    const overhead = (await sealFile(new Uint8Array(LIMITS.file - 4096), identity)).length;
    const largest = LIMITS.file - 4096 + (LIMITS.file - overhead);

    expect((await sealFile(new Uint8Array(largest), identity)).length).toBe(LIMITS.file);
    await expect(sealFile(new Uint8Array(largest + 1), identity)).rejects.toThrow(RangeError);
    expect(await kindOf(() => openFile(new Uint8Array(LIMITS.file + 1), identity))).toBe(
      "malformed",
    );
  });
});

describe("a secret key", () => {
  test("has a recipient only when it is one", async () => {
    const identity = await makeIdentity();

    expect(await recipientOf(identity)).toMatch(/^age1pq1/);
    expect(await kindOf(() => recipientOf(identity.slice(0, -1)))).toBe("malformed");
    expect(await kindOf(() => recipientOf(""))).toBe("malformed");
  });
});

describe("a wrap", () => {
  test("is made for hybrid recipients alone, and for one at least", async () => {
    const classic = await recipientOf(await segmentIdentity(new Uint8Array(32), 0));
    const hybrid = await recipientOf(await makeIdentity());

    await expect(sealWrap(encodeText("x"), [])).rejects.toThrow(RangeError);
    expect(await kindOf(() => sealWrap(encodeText("x"), [classic]))).toBe("downgrade");
    expect(await kindOf(() => sealWrap(encodeText("x"), [hybrid, classic]))).toBe("downgrade");
    expect(await kindOf(() => sealWrap(encodeText("x"), [`${hybrid}q`]))).toBe("malformed");
  });

  test("over its cap is not opened", async () => {
    expect(
      await kindOf(() => openWrap(new Uint8Array(LIMITS.wrap + 1), vectors.hybrid_identity)),
    ).toBe("malformed");
  });
});

// Set to 10000 for the whole exercise: a hybrid header costs some ten milliseconds to try.
const MUTATIONS = Number(process.env["SEALED_MUTATIONS"] ?? 100);

describe("a mutated wrap", () => {
  test("gives one answer wherever key, MAC or stanza were changed", async () => {
    const identity = await makeIdentity();
    const wrap = await sealWrap(encodeText("secret"), [await recipientOf(identity)]);
    const places = changeable(wrap);
    const answers = new Set<string>();
    for (let turn = 0; turn < MUTATIONS; turn += 1) {
      const place = places[Math.floor((turn * places.length) / MUTATIONS)] ?? 0;
      const error = await openWrap(withOtherLetter(wrap, place, turn), identity).catch(
        (caught: unknown) => caught,
      );
      expect(error).toBeInstanceOf(SealedError);
      answers.add(`${(error as SealedError).kind}: ${(error as SealedError).message}`);
    }

    expect([...answers]).toEqual(["wrong-key: This key does not open the file."]);
  });

  test("never opens and never throws anything but a SealedError, whatever was done to it", async () => {
    const identity = await segmentIdentity(new Uint8Array(32), 1);
    const file = await sealFile(encodeText("secret"), identity);
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.nat(file.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, mask) => {
          const mutated = Uint8Array.from(file, (byte, place) =>
            place === at ? byte ^ mask : byte,
          );
          kinds.add(await kindOf(() => openFile(mutated, identity)));
        },
      ),
      { numRuns: Math.max(500, MUTATIONS) },
    );

    expect(
      [...kinds].filter(
        (kind) => !["malformed", "wrong-key", "tampered", "downgrade"].includes(kind),
      ),
    ).toEqual([]);
  });
});

/** Places of base64 whose change leaves the header well-formed: all but the last letter of each line, which holds spare bits. */
function changeable(file: Bytes): number[] {
  const text = Buffer.from(file).toString("latin1");
  const header = text.slice(0, text.indexOf("\n", text.indexOf("\n--- ") + 1));
  const places: number[] = [];
  let at = 0;
  for (const line of header.split("\n")) {
    const letters = /^(?:-> \S+ |--- )?([A-Za-z0-9+/]{20,})$/.exec(line);
    const start = at + line.length - (letters?.[1]?.length ?? 0);
    for (let place = start; place < at + line.length - 1; place += 1) places.push(place);
    at += line.length + 1;
  }
  return places;
}

function withOtherLetter(file: Bytes, place: number, turn: number): Bytes {
  const letter = (turn % 2 === 0 ? "A" : "B").charCodeAt(0);
  return Uint8Array.from(file, (byte, at) =>
    at === place ? (byte === letter ? letter + 2 : letter) : byte,
  );
}
