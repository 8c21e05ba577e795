import { afterEach, describe, expect, test, vi } from "vitest";
import {
  createPasskey,
  openFile,
  openWithPasskey,
  openWithPhrase,
  openWrap,
  sealFile,
  sealWithPasskey,
} from "../src/age.ts";
import { segmentIdentity } from "../src/schedule.ts";
import { decodeText, encodeText, LIMITS } from "../src/text.ts";
import { fakeCredentials } from "./authenticator.ts";
import { kindOf } from "./vectors.ts";

describe("a file under a phrase", () => {
  /** Never opens: the body is no file key. */
  const file = (args: string) =>
    encodeText(
      `age-encryption.org/v1\n-> scrypt c2FsdHNhbHRzYWx0c2FsdA${args}\nYm9keQ\n--- ${"A".repeat(43)}\n`,
    );

  test.each([
    ["no work factor", "", "malformed"],
    ["a word for a work factor", " cheap", "malformed"],
    ["a work factor with a zero before it", " 018", "malformed"],
    ["a work factor of three digits", " 180", "malformed"],
    ["a work factor of 0", " 0", "malformed"],
    ["a work factor of 9", " 9", "downgrade"],
    ["a work factor of 17", " 17", "downgrade"],
    ["a work factor of 21", " 21", "malformed"],
  ])("with %s is refused before the phrase is tried", async (_, args, kind) => {
    expect(await kindOf(() => openWithPhrase(file(args), "nine words"))).toBe(kind);
  });

  test("has the cap of a file", async () => {
    const larger = new Uint8Array(LIMITS.file + 1);
    larger.set(file(" 17"));

    const largest = larger.slice(0, -1);
    expect(await kindOf(() => openWithPhrase(largest, "nine words"))).toBe("downgrade");
    expect(await kindOf(() => openWithPhrase(larger, "nine words"))).toBe("malformed");
  });

  test("may cost a work factor of 20", async () => {
    // Typage looks at the salt, which is too short, before it does any work.
    const short = decodeText(file(" 20")).replace("c2FsdHNhbHRzYWx0c2FsdA", "c2FsdA");

    expect(await kindOf(() => openWithPhrase(encodeText(short), "nine words"))).toBe("wrong-key");
  });
});

test.each([
  ["wrap", openWrap],
  ["segment", openFile],
] as const)("a %s without a recipient is malformed", async (_, open) => {
  const bare = encodeText(`age-encryption.org/v1\n--- ${"A".repeat(43)}\n${"x".repeat(40)}`);

  const identity = await segmentIdentity(new Uint8Array(32), 0);
  expect(await kindOf(() => open(bare, identity))).toBe("malformed");
});

describe("a keyring under a passkey", () => {
  const plaintext = encodeText("a keyring");

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  async function sealed() {
    vi.stubGlobal("navigator", { credentials: fakeCredentials() });
    const passkey = await createPasskey("a label", "abcdefgh");
    return { passkey, file: await sealWithPasskey(plaintext, passkey) };
  }

  test("opens with the passkey it was sealed under, and with no other", async () => {
    const { passkey, file } = await sealed();

    expect(passkey).toMatch(/^AGE-PLUGIN-FIDO2PRF-1/);
    expect(await openWithPasskey(file, passkey)).toEqual(plaintext);
    vi.stubGlobal("navigator", { credentials: fakeCredentials() });
    expect(await kindOf(() => openWithPasskey(file, passkey))).toBe("wrong-key");
  });

  test.each(["NotAllowedError", "AbortError", "SecurityError"])(
    "is not judged when the person or the browser answers %s",
    async (name) => {
      const { passkey, file } = await sealed();
      const refused = new DOMException("No.", name);
      vi.stubGlobal("navigator", { credentials: { get: () => Promise.reject(refused) } });

      await expect(openWithPasskey(file, passkey)).rejects.toBe(refused);
    },
  );

  test("has a passkey's one recipient, and the cap of a wrap", async () => {
    const { passkey, file } = await sealed();
    const identity = await segmentIdentity(new Uint8Array(32), 0);
    const padded = (length: number) => {
      const bytes = new Uint8Array(length);
      bytes.set(file);
      return bytes;
    };

    const segment = await sealFile(plaintext, identity);
    expect(await kindOf(() => openWithPasskey(segment, passkey))).toBe("downgrade");
    expect(await kindOf(() => openWithPasskey(padded(LIMITS.wrap), passkey))).toBe("tampered");
    expect(await kindOf(() => openWithPasskey(padded(LIMITS.wrap + 1), passkey))).toBe("malformed");
  });
});
