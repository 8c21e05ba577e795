import { describe, expect, test } from "vitest";
import { openFile, openWithPhrase, openWrap } from "../src/age.ts";
import { cosignatureVerifier } from "../src/checkpoint.ts";
import { formatLeaf, parseLeaf } from "../src/leaves.ts";
import { formatVkey, openNote, parseVkey, signerFromSeed, signNote } from "../src/note.ts";
import { segmentIdentity } from "../src/schedule.ts";
import { type Bytes, concat, encodeText, sha256, toBase64 } from "../src/text.ts";
import { isConsistent, isIncluded, leafHash, MerkleTree } from "../src/tree.ts";
import { ATTEMPT } from "../vectors/seeds.ts";
import { kindOf } from "./vectors.ts";

const KIB = 1024;
const SEED = new Uint8Array(32).fill(7);
const [NAME, OTHER] = ["invigil/north/root/1", "invigil/north/root/2"];

describe("a verifier key", () => {
  test("under another name is malformed though its id fits", async () => {
    const { vkey } = await signerFromSeed(OTHER, SEED);

    expect((await parseVkey(vkey)).name).toBe(OTHER);
    expect(await kindOf(() => parseVkey(vkey, NAME))).toBe("malformed");
  });

  test.each(["", "in vigil", "invigil\t"])(
    "named %j is malformed though its id fits",
    async (name) => {
      const vkey = await formatVkey({ name, publicKey: SEED });

      expect(await kindOf(() => parseVkey(vkey))).toBe("malformed");
    },
  );

  test.each([31, 33])("is not made from a seed of %i bytes", async (length) => {
    expect(await kindOf(() => signerFromSeed(NAME, new Uint8Array(length)))).toBe("malformed");
  });
});

test.each([71, 73])("a cosignature of %i bytes is forged, whatever it says", async (length) => {
  const { vkey, name } = await signerFromSeed(NAME, SEED);
  const verifier = await cosignatureVerifier(vkey);
  const id = Buffer.from(verifier.keyId, "hex");
  const line = toBase64(Uint8Array.from([...id, ...new Uint8Array(length)]));

  expect(await kindOf(() => openNote(`text\n\n— ${name} ${line}\n`, [verifier]))).toBe("forged");
  expect(await verifier.verify("text\n", new Uint8Array(length))).toBe(false);
});

describe("a cap", () => {
  test("of a note is 64 KiB", async () => {
    const signed = await signNote("text\n", [await signerFromSeed(NAME, SEED)]);
    const padding = "x".repeat(64 * KIB - encodeText(signed).length);

    expect(await kindOf(() => openNote(padding + signed, []))).toBe("no error");
    expect(await kindOf(() => openNote(`x${padding}${signed}`, []))).toBe("malformed");
  });

  /** A close whose many streams make it so long: the integer fills what is left. */
  function closeOf(length: number): Bytes {
    const head = `invigil/v1/close\n${ATTEMPT}\n1\n`;
    const count = Math.floor((length - head.length) / 11);
    const counts = Array.from({ length: count }, (_, at) => `s${String(at).padStart(7, "0")}=1`);
    const text = head + counts.join(" ");
    return encodeText(`${text}${"1".repeat(length - text.length - 1)}\n`);
  }

  test("of a leaf is 8 KiB, read or written", async () => {
    const largest = closeOf(8 * KIB);

    expect(largest).toHaveLength(8 * KIB);
    expect(formatLeaf(await parseLeaf(largest))).toEqual(largest);
    expect(await kindOf(() => parseLeaf(closeOf(8 * KIB + 1)))).toBe("malformed");
    const counts = new Map([[`s${"9".repeat(9)}`, 1]]);
    for (let at = 0; at < 800; at += 1) counts.set(`s${String(at).padStart(7, "0")}`, 1);
    const leaf = { kind: "close", attempt: ATTEMPT, closedMs: 1, counts } as const;
    expect(await kindOf(() => formatLeaf(leaf))).toBe("malformed");
  });

  test.each([
    ["wrap", 64 * KIB, openWrap],
    ["file", 8 * KIB * KIB, openFile],
  ] as const)("of a %s is %i bytes, asked before it is opened", async (_, cap, open) => {
    // One wrong stanza: within the cap that is what is wrong.
    const header = encodeText("age-encryption.org/v1\n-> scrypt c2FsdHNhbHRzYWx0c2FsdA 18\n");
    const body = encodeText(`${"A".repeat(43)}\n--- ${"A".repeat(43)}\n`);
    const file = (length: number): Bytes => {
      const bytes = new Uint8Array(length);
      bytes.set(header);
      bytes.set(body, header.length);
      return bytes;
    };

    const identity = await segmentIdentity(SEED, 0);
    expect(await kindOf(() => open(file(cap), identity))).toBe("downgrade");
    expect(await kindOf(() => open(file(cap + 1), identity))).toBe("malformed");
  });

  test("of a phrase's work is asked before the phrase is tried", async () => {
    const file = (work: number) =>
      encodeText(
        `age-encryption.org/v1\n-> scrypt c2FsdHNhbHRzYWx0c2FsdA ${work}\nYm9keQ\n--- ${"A".repeat(43)}\n`,
      );

    expect(await kindOf(() => openWithPhrase(file(17), "nine words"))).toBe("downgrade");
    expect(await kindOf(() => openWithPhrase(file(21), "nine words"))).toBe("malformed");
  });
});

describe("a proof", () => {
  /** RFC 9162 §2.1.1. */
  const nodeHash = (left: Bytes, right: Bytes) => sha256(concat(Uint8Array.of(1), left, right));

  async function hashes(count: number): Promise<Bytes[]> {
    return Promise.all(Array.from({ length: count }, (_, at) => leafHash(Uint8Array.of(at))));
  }

  async function headOf(size: number) {
    const tree = new MerkleTree();
    await tree.append(Array.from({ length: size }, (_, at) => Uint8Array.of(at)));
    return tree.head();
  }

  test("of a leaf beyond the tree, or above its root, includes nothing", async () => {
    const [one, two] = await hashes(2);
    const head = { size: 1, rootHash: one ?? SEED };
    const above = { size: 1, rootHash: await nodeHash(two ?? SEED, one ?? SEED) };

    expect(await isIncluded({ hash: one ?? SEED, index: 0 }, head, [])).toBe(true);
    expect(await isIncluded({ hash: one ?? SEED, index: 1 }, head, [])).toBe(false);
    expect(await isIncluded({ hash: one ?? SEED, index: 0 }, above, [two ?? SEED])).toBe(false);
  });

  test("makes no later tree continue in an earlier one", async () => {
    const [three, four] = [await headOf(3), await headOf(4)];
    const [, , third, fourth] = await hashes(4);
    const pair = (await headOf(2)).rootHash;
    const proof = [third ?? SEED, fourth ?? SEED, pair];

    expect(await isConsistent(three, four, proof)).toBe(true);
    expect(await isConsistent(four, three, proof)).toBe(false);
    expect(await isConsistent({ ...three, size: 4 }, three, [])).toBe(false);
    expect(await isConsistent(three, four, [])).toBe(false);
    const above = async ({ size, rootHash }: typeof three) => ({
      size,
      rootHash: await nodeHash(SEED, rootHash),
    });
    expect(await isConsistent(await above(three), await above(four), [...proof, SEED])).toBe(false);
  });

  test("from the empty tree needs its root and no step", async () => {
    const [empty, three] = [await headOf(0), await headOf(3)];

    expect(await isConsistent(empty, three, [])).toBe(true);
    expect(await isConsistent(empty, three, [SEED])).toBe(false);
    expect(await isConsistent({ size: 0, rootHash: SEED }, three, [])).toBe(false);
  });

  test("cannot be had of a tree that is larger than what is there", async () => {
    const tree = new MerkleTree();
    await tree.append([Uint8Array.of(0)]);

    const beyond = "Size 2 is beyond the tree's 1.";
    expect(() => tree.leaf(1)).toThrow("no such node");
    await expect(tree.root(2)).rejects.toThrow(beyond);
    await expect(tree.inclusionProof(1, 2)).rejects.toThrow(beyond);
    await expect(tree.consistencyProof(2, 2)).rejects.toThrow(beyond);
  });
});
