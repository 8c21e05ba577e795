import { describe, expect, test } from "vitest";
import { cosignatureTimeS, cosignatureVerifier, parseCheckpoint } from "../src/checkpoint.ts";
import {
  makeSigningKey,
  noteVerifier,
  openNote,
  parseVkey,
  signerFromKeyPair,
  signerFromSeed,
  signNote,
} from "../src/note.ts";
import { encodeText, fromBase64, toBase64 } from "../src/text.ts";
import { kindOf, readVectors } from "./vectors.ts";

interface NoteVectors {
  keys: { name: string; seed: string; vkey: string }[];
  cosignature_key_id: string;
  notes: {
    sentence: string;
    note: string;
    text: string;
    signed_by: string[];
    cosigned_by?: string;
    time_s?: number;
    checkpoint?: { origin: string; size: number; root: string };
  }[];
  refused: { sentence: string; kind: string; note: string; known_keys: string[] }[];
  refused_vkeys: { sentence: string; kind: string; vkey: string }[];
}
const vectors = readVectors("notes.json") as NoteVectors;

async function verifiers(names: readonly string[]) {
  const known = vectors.keys.filter((key) => names.includes(key.name));
  return Promise.all(
    known.flatMap(({ name, vkey }) =>
      name.endsWith("/server")
        ? [noteVerifier(vkey), cosignatureVerifier(vkey)]
        : [noteVerifier(vkey)],
    ),
  );
}

describe("a signed note", () => {
  test("of the specification's own example verifies", async () => {
    const vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const text =
      "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const line =
      "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    const opened = await openNote(`${text}\n${line}`, [await noteVerifier(vkey)]);

    expect(opened.text).toBe(text);
    expect(opened.signatures).toHaveLength(1);
  });

  test.each(vectors.keys)("is signed by $name under its own vkey", async ({ name, seed, vkey }) => {
    const signer = await signerFromSeed(name, fromBase64(seed));

    expect(signer.vkey).toBe(vkey);
    expect((await parseVkey(vkey)).name).toBe(name);
  });

  test.each(vectors.notes)("$sentence", async (vector) => {
    const all = await verifiers(vectors.keys.map((key) => key.name));

    const { text, signatures } = await openNote(vector.note, all);

    const cosigned = signatures.filter((one) => one.verifier.keyId === vectors.cosignature_key_id);
    const signed = signatures.filter((one) => !cosigned.includes(one));
    expect(text).toBe(vector.text);
    expect(new Set(signed.map((one) => one.verifier.name))).toEqual(new Set(vector.signed_by));
    expect(cosigned.map((one) => one.verifier.name)).toEqual(
      vector.cosigned_by ? [vector.cosigned_by] : [],
    );
    expect(cosigned.map((one) => cosignatureTimeS(one.payload))).toEqual(
      vector.time_s ? [vector.time_s] : [],
    );
    if (vector.checkpoint !== undefined) {
      const { origin, size, rootHash } = parseCheckpoint(text);
      expect({ origin, size, root: toBase64(rootHash) }).toEqual(vector.checkpoint);
    }
  });

  test.each(vectors.refused)("refused: $sentence", async ({ note, kind, known_keys }) => {
    const known = await verifiers(known_keys);

    expect(await kindOf(() => openNote(note, known))).toBe(kind);
  });

  test.each(vectors.refused_vkeys)("vkey refused: $sentence", async ({ vkey, kind }) => {
    expect(await kindOf(() => parseVkey(vkey))).toBe(kind);
  });

  test("is not made without a signer, without a last line feed, or over its cap", async () => {
    const signer = await signerFromSeed("a", new Uint8Array(32));

    await expect(signNote("text\n", [])).rejects.toThrow(RangeError);
    await expect(signNote("text", [signer])).rejects.toThrow(RangeError);
    expect(await kindOf(() => signNote(`${"x".repeat(65_536)}\n`, [signer]))).toBe("malformed");
  });
});

describe("a new signing key", () => {
  test("signs, and cannot be taken out of the browser that made it", async () => {
    const pair = await makeSigningKey();
    const signer = await signerFromKeyPair("a", pair);

    const note = await signNote("text\n", [signer]);

    expect((await openNote(note, [await noteVerifier(signer.vkey)])).signatures).toHaveLength(1);
    expect(pair.privateKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey("pkcs8", pair.privateKey)).rejects.toThrow();
  });
});

describe("a checkpoint", () => {
  const root = `${toBase64(new Uint8Array(32))}\n`;
  test.each([
    ["no origin", `\n5\n${root}`],
    ["a leading zero", `o\n05\n${root}`],
    ["an extension line", `o\n5\n${root}extension\n`],
    ["a root of 31 bytes", `o\n5\n${toBase64(new Uint8Array(31))}\n`],
    ["no root", `o\n5\n`],
    ["no last line feed", `o\n5\n${root.trimEnd()}`],
    ["an empty text", ""],
  ])("with %s is malformed", async (_, text) => {
    expect(await kindOf(() => parseCheckpoint(text))).toBe("malformed");
  });

  test("keeps its bytes: half a character has none", async () => {
    expect(await kindOf(() => encodeText("\ud800"))).toBe("malformed");
  });
});
