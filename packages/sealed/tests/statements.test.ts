import { describe, expect, test } from "vitest";
import { makeBlind, commitLeaf } from "../src/keylog.ts";
import {
  fingerprintFromHex,
  fingerprintHex,
  formatRoot,
  parseRoot,
  rootFingerprint,
} from "../src/root.ts";
import {
  formatMemberAdd,
  formatMemberRemove,
  formatScopeEpoch,
  formatScopeKey,
  parseMember,
  parseScopeEpoch,
  parseScopeKey,
} from "../src/scope.ts";
import {
  formatStaffKey,
  formatStaffRevoke,
  parseStaffKey,
  parseStaffRevoke,
} from "../src/staff.ts";
import { fromBase64, toBase64 } from "../src/text.ts";
import { fingerprintWords, makePhrase, readPhrase } from "../src/words.ts";
import { EXAM_SCOPE, INSTITUTION } from "../vectors/seeds.ts";
import { kindOf, readVectors } from "./vectors.ts";

interface StatementVectors {
  statements: { kind: string; text: string }[];
  root_note: string;
  fingerprint: string;
  fingerprint_words: string[];
  words: { fingerprint: string; words: string[] }[];
  commitment: { note: string; blind: string; leaf: string };
  refused: { kind: string; sentence: string; text: string; problem: string }[];
}
const vectors = readVectors("statements.json") as StatementVectors;

/** Reads a statement of the kind and writes it again. */
const again: Record<string, (text: string) => Promise<string>> = {
  root: async (text) => formatRoot(await parseRoot(text)),
  "staff-key": async (text) => formatStaffKey(await parseStaffKey(text)),
  "staff-revoke": async (text) => Promise.resolve(formatStaffRevoke(parseStaffRevoke(text))),
  "scope-epoch": async (text) => Promise.resolve(formatScopeEpoch(parseScopeEpoch(text))),
  "member-add": memberAgain,
  "member-remove": memberAgain,
};

async function memberAgain(text: string): Promise<string> {
  const member = parseMember(text);
  return Promise.resolve(
    member.kind === "add" ? formatMemberAdd(member) : formatMemberRemove(member),
  );
}

describe("a statement", () => {
  test.each(vectors.statements)(
    "of kind $kind comes back byte for byte",
    async ({ kind, text }) => {
      expect(await again[kind]?.(text)).toBe(text);
    },
  );

  test.each(vectors.refused)("$kind refused: $sentence", async ({ kind, text, problem }) => {
    expect(await kindOf(() => again[kind]?.(text))).toBe(problem);
  });

  test("in the wrap of a scope key comes back byte for byte, and ends there", async () => {
    const text = `invigil/v1/scope-key\n${INSTITUTION}\n${EXAM_SCOPE} 1\nAGE-SECRET-KEY-PQ-1X\n`;

    expect(formatScopeKey(parseScopeKey(text))).toBe(text);
    expect(await kindOf(() => parseScopeKey(`${text}more\n`))).toBe("malformed");
    expect(await kindOf(() => parseScopeKey(text.replace(" 1\n", " 0\n")))).toBe("malformed");
    expect(await kindOf(() => parseScopeKey(text.replace("exam/", "room/")))).toBe("malformed");
  });

  test("that names a person stands in the log as its commitment", async () => {
    const { note, blind, leaf } = vectors.commitment;

    expect(toBase64(await commitLeaf({ note, blind: fromBase64(blind) }))).toBe(leaf);
    expect(toBase64(await commitLeaf({ note, blind: makeBlind() }))).not.toBe(leaf);
    expect(await kindOf(() => commitLeaf({ note, blind: new Uint8Array(31) }))).toBe("malformed");
  });
});

describe("a fingerprint", () => {
  test("is the hash of the first root's text, and only of the first", async () => {
    const fingerprint = await rootFingerprint(vectors.root_note);

    expect(fingerprintHex(fingerprint)).toBe(vectors.fingerprint);
    expect(fingerprintFromHex(vectors.fingerprint)).toEqual(fingerprint);
    expect(fingerprintWords(fingerprint)).toEqual(vectors.fingerprint_words);
    const later = vectors.statements[1]?.text ?? "";
    expect(await kindOf(() => rootFingerprint(`${later}\n— x AAAAAAA=\n`))).toBe("malformed");
  });

  test.each(vectors.words)("$fingerprint is eight words", ({ fingerprint, words }) => {
    expect(fingerprintWords(fingerprintFromHex(fingerprint))).toEqual(words);
    expect(words).toHaveLength(8);
  });

  test.each(["", "00", "0".repeat(63), "0".repeat(66), "G".repeat(64), "A".repeat(64)])(
    "%j is no hex of a fingerprint",
    async (hex) => {
      expect(await kindOf(() => fingerprintFromHex(hex))).toBe("malformed");
    },
  );
});

describe("a phrase", () => {
  test("is nine words of the list and differs each time", () => {
    const phrases = new Set(Array.from({ length: 50 }, makePhrase));

    expect(phrases.size).toBe(50);
    for (const phrase of phrases) expect(readPhrase(phrase)).toEqual({ phrase });
  });

  test("is read with capitals and spaces as people type them", () => {
    const phrase = makePhrase();

    expect(readPhrase(`  ${phrase.toUpperCase().replaceAll(" ", "\n  ")}\t`)).toEqual({ phrase });
  });

  test("with a wrong word or too few names them", () => {
    const eight = makePhrase().split(" ").slice(1).join(" ");

    expect(readPhrase(eight)).toEqual({ wordCount: 8, unknownWords: [] });
    expect(readPhrase(`${eight} invigil`)).toEqual({ wordCount: 9, unknownWords: ["invigil"] });
  });
});
