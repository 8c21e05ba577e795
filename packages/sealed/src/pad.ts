import { malformed } from "./errors.ts";
import { type Bytes, decodeText, encodeText } from "./text.ts";

/** Padding (sealed.md §7): a file's size must not tell what is in it. */
export const PAGE_BYTES = 4096;
const LF = 0x0a;

function padded(text: string, pages: number): Bytes {
  const page = new Uint8Array(pages * PAGE_BYTES).fill(LF);
  page.set(encodeText(text));
  return page;
}

/**
 * Packs events as JSON lines into pages of exactly 4096 bytes, in order; no events make one empty page.
 * @throws RangeError for an event of more than 4095 bytes.
 */
export function padEvents(events: readonly object[]): readonly Bytes[] {
  const pages: string[] = [];
  let [page, used] = ["", 0];
  for (const event of events) {
    const line = `${JSON.stringify(event)}\n`;
    const length = encodeText(line).length;
    if (length > PAGE_BYTES) throw new RangeError(`An event of ${length} bytes fits no page.`);
    if (used + length > PAGE_BYTES) {
      pages.push(page);
      [page, used] = ["", 0];
    }
    page += line;
    used += length;
  }
  return [...pages, page].map((text) => padded(text, 1));
}

/** @throws SealedError `malformed` unless a page of JSON lines. */
export function readEvents(page: Uint8Array): readonly unknown[] {
  if (page.length !== PAGE_BYTES) throw malformed("A page of events is not 4096 bytes.");
  const text = decodeText(page).replace(/\n+$/, "");
  return text === "" ? [] : text.split("\n").map(parseJson);
}

/** One JSON object on as many pages as it takes (`agreement`, `checks`). */
export function padObject(value: object): Bytes {
  const text = `${JSON.stringify(value)}\n`;
  return padded(text, Math.ceil(encodeText(text).length / PAGE_BYTES));
}

/** One JSON object on exactly one page (`summary`). @throws RangeError when it does not fit. */
export function padSummary(value: object): Bytes {
  const page = padObject(value);
  if (page.length !== PAGE_BYTES) throw new RangeError("A summary fits no page.");
  return page;
}

/** @throws SealedError `malformed` unless whole pages with one JSON value. */
export function readObject(pages: Uint8Array): unknown {
  if (pages.length === 0 || pages.length % PAGE_BYTES !== 0) {
    throw malformed("A padded object is not whole pages.");
  }
  return parseJson(decodeText(pages));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed("A padded text is not JSON.");
  }
}
