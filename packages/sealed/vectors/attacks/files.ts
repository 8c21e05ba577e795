import { Encrypter } from "age-encryption";
import { recipientOf, sealFile } from "../../src/age.ts";
import { type Bytes, concat, encodeText, randomBytes } from "../../src/text.ts";
import { exportOf, identityOf, leafOf, type Sitting } from "../sitting.ts";
import { type Attack, type Base, changed, fileOf, flipped } from "./attack.ts";

const PATH = "segments/camera-1.age";
const PLACE = { stream: "camera", index: 1 } as const;

/** What a server can do to files: their hashes stand in signed leaves. */
export async function serverAttacksOnFiles(base: Base): Promise<readonly Attack[]> {
  const file = fileOf(base, PATH);
  const identity = await identityOf(base.sitting.secret, "camera", 1);
  const swap = { [PATH]: fileOf(base, "segments/camera-2.age"), "segments/camera-2.age": file };
  const attack = (name: string, kind: string, sentence: string, put: Bytes | null): Attack => ({
    name,
    row: 3,
    sentence,
    verdict: "damaged",
    problems: [{ kind, ...PLACE }],
    files: changed(base, { [PATH]: put }),
  });
  return [
    attack("file-missing", "missing", "A file is not there.", null),
    attack(
      "file-header-altered",
      "tampered",
      "A bit of a file's header is flipped.",
      flipped(file, 60),
    ),
    attack(
      "file-payload-altered",
      "tampered",
      "A bit of a file's payload is flipped.",
      flipped(file, -1),
    ),
    attack("file-shortened", "tampered", "The last byte of a file is cut off.", file.slice(0, -1)),
    attack(
      "file-lengthened",
      "tampered",
      "A byte is added to a file.",
      concat(file, Uint8Array.of(0)),
    ),
    attack("file-emptied", "tampered", "A file is empty.", new Uint8Array()),
    attack(
      "file-resealed",
      "tampered",
      "The same plaintext is sealed again: right key, other bytes.",
      await sealFile(encodeText("camera 1: not a real film\n"), identity),
    ),
    {
      name: "files-swapped",
      row: 3,
      sentence: "Two files of one stream change places.",
      verdict: "damaged",
      problems: [
        { kind: "tampered", ...PLACE },
        { kind: "tampered", stream: "camera", index: 2 },
      ],
      files: changed(base, swap),
    },
    {
      name: "wrap-replaced",
      row: 1,
      sentence: "attempt.age is another file than the opening names.",
      verdict: "damaged",
      problems: [{ kind: "tampered" }],
      files: changed(base, { "attempt/attempt.age": flipped(base.sitting.wrap, -1) }),
    },
  ];
}

/** Files whose leaf names them truly, but which are not what they must be. */
export async function candidateAttacksOnFiles(base: Base): Promise<readonly Attack[]> {
  const { sitting } = base;
  const identity = await identityOf(sitting.secret, "camera", 1);
  const text = encodeText("camera 1\n");
  const genuine = await sealFile(text, identity);
  const twoChunks = await sealFile(new Uint8Array(70_000), identity);
  const cases: readonly (readonly [string, string, number, string, Bytes])[] = [
    [
      "sealed-to-another-secret",
      "wrong-key",
      3,
      "A file was sealed with another S.",
      await sealFile(text, await identityOf(randomBytes(32), "camera", 1)),
    ],
    [
      "sealed-for-another-index",
      "wrong-key",
      3,
      "A file was sealed for another index of its stream.",
      await sealFile(text, await identityOf(sitting.secret, "camera", 2)),
    ],
    [
      "sealed-for-another-stream",
      "wrong-key",
      10,
      "A file was sealed for another stream.",
      await sealFile(text, await identityOf(sitting.secret, "screen", 1)),
    ],
    [
      "two-recipients",
      "downgrade",
      7,
      "A file has a second recipient.",
      await sealedTo([await recipientOf(identity), await recipientOf(identity)]),
    ],
    ["phrase-file", "downgrade", 7, "A file is sealed under a phrase.", await sealedUnderPhrase()],
    ["mac-altered", "wrong-key", 2, "The header's MAC does not fit.", withMacAltered(genuine)],
    [
      "last-chunk-lacking",
      "tampered",
      3,
      "The last chunk of a payload of two is not there.",
      twoChunks.slice(0, -(70_000 - 65_536 + 16)),
    ],
    ["payload-altered", "tampered", 2, "The payload does not authenticate.", flipped(genuine, -1)],
    [
      "payload-lacking",
      "tampered",
      3,
      "There is a header and no payload.",
      genuine.slice(0, headerEnd(genuine)),
    ],
    ["not-age", "malformed", 16, "A file is not an age file.", encodeText("not an age file\n")],
    [
      "armored",
      "malformed",
      16,
      "A file is armored; the format knows binary files only.",
      encodeText("-----BEGIN AGE ENCRYPTED FILE-----\n"),
    ],
  ];
  return Promise.all([
    ...cases.map(async ([name, kind, row, sentence, file]): Promise<Attack> => ({
      name: `file-${name}`,
      row,
      sentence: `${sentence} Its leaf names it truly.`,
      verdict: "damaged",
      problems: [{ kind, ...PLACE }],
      files: await withFile(sitting, file),
    })),
    withLyingLength(sitting),
  ]);
}

async function withLyingLength(sitting: Sitting): Promise<Attack> {
  const leaves = sitting.leaves.map((leaf) =>
    leaf.kind === "segment" && leaf.stream === "camera" && leaf.index === 1
      ? { ...leaf, length: leaf.length + 1 }
      : leaf,
  );
  return {
    name: "file-length-lies",
    row: 3,
    sentence: "A leaf gives its file's true hash and another length.",
    verdict: "damaged",
    problems: [{ kind: "tampered", ...PLACE }],
    files: await exportOf({ ...sitting, leaves }),
  };
}

/** The attempt with another file at camera 1, and leaf, checkpoint and receipt to match. */
async function withFile(sitting: Sitting, file: Bytes): Promise<ReadonlyMap<string, Bytes>> {
  const leaves = await Promise.all(
    sitting.leaves.map(async (leaf) => {
      const isReplaced = leaf.kind === "segment" && leaf.stream === "camera" && leaf.index === 1;
      return isReplaced ? leafOf(sitting.attempt, leaf, file) : leaf;
    }),
  );
  const segments = new Map(sitting.segments).set("camera-1", file);
  return exportOf({ ...sitting, leaves, segments });
}

async function sealedTo(recipients: readonly string[]): Promise<Bytes> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return (await encrypter.encrypt("two\n")) as Bytes;
}

async function sealedUnderPhrase(): Promise<Bytes> {
  const encrypter = new Encrypter();
  encrypter.setPassphrase("a phrase");
  encrypter.setScryptWorkFactor(10);
  return (await encrypter.encrypt("phrase\n")) as Bytes;
}

/** Where the line of the MAC ends. */
function headerEnd(file: Bytes): number {
  const mac = new TextDecoder("latin1").decode(file).indexOf("\n--- ");
  return file.indexOf(0x0a, mac + 1) + 1;
}

function withMacAltered(file: Bytes): Bytes {
  const at = headerEnd(file) - 10;
  return Uint8Array.from(file, (byte, place) =>
    place === at ? (byte === 0x41 ? 0x42 : 0x41) : byte,
  );
}
