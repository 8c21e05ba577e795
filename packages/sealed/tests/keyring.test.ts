import { describe, expect, test } from "vitest";
import { recipientOf } from "../src/age.ts";
import {
  checkPublicKeys,
  formatKeyring,
  formatRootKey,
  keyringPublicKeys,
  keyringSigner,
  makeKeyring,
  makeRootKey,
  openKeyring,
  parseKeyring,
  parseRootKey,
  type PublicKeys,
  rootKeySigner,
  sealKeyring,
} from "../src/keyring.ts";
import { noteVerifier, openNote, signNote } from "../src/note.ts";
import { makePhrase } from "../src/words.ts";
import { INSTITUTION, TEACHER } from "../vectors/seeds.ts";
import { kindOf } from "./vectors.ts";

// A phrase costs scrypt with N = 2^18, on purpose.
const SLOW = { timeout: 60_000 };

describe("a keyring", () => {
  test("sealed under a phrase opens with it alone", SLOW, async () => {
    const [keyring, other] = [
      await makeKeyring(INSTITUTION, TEACHER),
      await makeKeyring(INSTITUTION, TEACHER),
    ];
    const phrase = makePhrase();

    const file = await sealKeyring(keyring, phrase);

    expect(Buffer.from(file).toString("latin1")).toMatch(
      /^age-encryption\.org\/v1\n-> scrypt \S+ 18\n/,
    );
    expect(await openKeyring(file, phrase, await keyringPublicKeys(keyring))).toEqual(keyring);
    expect(
      await kindOf(async () => openKeyring(file, phrase, await keyringPublicKeys(other))),
    ).toBe("wrong-recipient");
    expect(await kindOf(() => openKeyring(file, makePhrase(), null))).toBe("wrong-key");
  });

  test("is compared with both keys of the person's statement", async () => {
    const [keyring, other] = [
      await makeKeyring(INSTITUTION, TEACHER),
      await makeKeyring(INSTITUTION, TEACHER),
    ];
    const [keys, others] = [await keyringPublicKeys(keyring), await keyringPublicKeys(other)];
    const check = (expected: PublicKeys) => kindOf(() => checkPublicKeys(keyring, expected));

    expect(await check(keys)).toBe("no error");
    expect(await check({ ...keys, vkey: others.vkey })).toBe("wrong-recipient");
    expect(await check({ ...keys, recipient: others.recipient })).toBe("wrong-recipient");
  });

  test("signs under the person's name and decrypts for the person's recipient", async () => {
    const keyring = await makeKeyring(INSTITUTION, TEACHER);
    const { vkey, recipient } = await keyringPublicKeys(keyring);
    const signer = await keyringSigner(keyring);
    const note = await signNote("text\n", [signer]);

    expect(signer.name).toBe(`invigil/${INSTITUTION}/staff/${TEACHER}`);
    expect((await openNote(note, [await noteVerifier(vkey)])).signatures).toHaveLength(1);
    expect(recipient).toBe(await recipientOf(keyring.identity));
    expect(recipient).toMatch(/^age1pq1/);
  });

  test("is text that comes back, and nothing else is", async () => {
    const keyring = await makeKeyring(INSTITUTION, TEACHER);
    const text = formatKeyring(keyring);

    expect(parseKeyring(text)).toEqual(keyring);
    expect(await kindOf(() => parseKeyring(text.replace("PQ-1", "PQ-2")))).toBe("malformed");
    expect(
      await kindOf(() => parseKeyring(text.replace(/AGE-\S+/, (key) => key.toLowerCase()))),
    ).toBe("malformed");
    expect(
      await kindOf(() =>
        parseKeyring(
          text.replace(
            /AGE-\S+/,
            "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX",
          ),
        ),
      ),
    ).toBe("malformed");
    expect(await kindOf(() => parseKeyring(`${text}\n`))).toBe("malformed");
    expect(await kindOf(() => parseKeyring(text.replace("/keyring", "/keyrings")))).toBe(
      "unsupported-version",
    );
    await expect(makeKeyring("North", TEACHER)).rejects.toMatchObject({ kind: "malformed" });
  });
});

describe("a root key", () => {
  test("comes back from its print and signs under its number", async () => {
    const key = makeRootKey(INSTITUTION, 1);
    const text = formatRootKey(key);

    expect(parseRootKey(text)).toEqual(key);
    expect((await rootKeySigner(key)).name).toBe(`invigil/${INSTITUTION}/root/1`);
    expect(await kindOf(() => parseRootKey(text.replace("\n1\n", "\n0\n")))).toBe("malformed");
    expect(await kindOf(() => parseRootKey(text.replace("root-key", "root")))).toBe(
      "unsupported-version",
    );
  });
});
