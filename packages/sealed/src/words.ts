import { wordlist } from "@scure/bip39/wordlists/english.js";

/** The BIP-39 English list: 2048 words, so 11 bits a word. */
const BITS = 11;
const FINGERPRINT_WORDS = 8;
const PHRASE_WORDS = 9;

function word(number: number): string {
  const found = wordlist[number];
  if (found === undefined) throw new RangeError(`The list has no word ${number}.`);
  return found;
}

/** The first 88 bits of a fingerprint as 8 words (sealed.md §6.1). */
export function fingerprintWords(fingerprint: Uint8Array): readonly string[] {
  const bits = Array.from(fingerprint, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return Array.from({ length: FINGERPRINT_WORDS }, (_, at) =>
    word(parseInt(bits.slice(BITS * at, BITS * (at + 1)), 2)),
  );
}

/** Nine random words, 99 bits (sealed.md §10). Shown once, never stored. */
export function makePhrase(): string {
  const random = crypto.getRandomValues(new Uint16Array(PHRASE_WORDS));
  // 2^16 is a multiple of 2^11: the lowest bits are uniform.
  return Array.from(random, (value) => word(value % 2 ** BITS)).join(" ");
}

/** What a person typed, read as a phrase, or what is wrong with it. */
export type TypedPhrase =
  | { readonly phrase: string }
  | { readonly wordCount: number; readonly unknownWords: readonly string[] };

/** Forgives capitals and spaces; names words that are not in the list. */
export function readPhrase(typed: string): TypedPhrase {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const unknownWords = words.filter((one) => !wordlist.includes(one));
  return words.length === PHRASE_WORDS && unknownWords.length === 0
    ? { phrase: words.join(" ") }
    : { wordCount: words.length, unknownWords };
}
