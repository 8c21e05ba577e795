import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { SealedError } from "../src/errors.ts";
import { parseLeaf } from "../src/leaves.ts";
import { openNote, parseVkey, unverifiedText } from "../src/note.ts";
import { parseRoot } from "../src/root.ts";
import { parseMember, parseScopeEpoch, parseScopeKey } from "../src/scope.ts";
import { parseStaffKey } from "../src/staff.ts";
import {
  decodeText,
  encodeText,
  formatInteger,
  fromBase64,
  LineReader,
  parseInteger,
  toBase64,
} from "../src/text.ts";
import { kindOf, readVectors } from "./vectors.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

describe("base64", () => {
  test("is what Buffer makes, and comes back", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = toBase64(bytes);

        expect(text).toBe(Buffer.from(bytes).toString("base64"));
        expect([...fromBase64(text)]).toEqual([...bytes]);
      }),
    );
  });

  test("of more bytes than a call takes arguments comes back", () => {
    const bytes = new Uint8Array(300_000).fill(0xee);

    expect(fromBase64(toBase64(bytes))).toEqual(bytes);
  });

  test.each([
    "A",
    "AA",
    "AAA",
    "AA=",
    "AB==",
    "AAB=",
    "AAAA=",
    " AAAA",
    "AA AA",
    "AAAA\n",
    "AA-_",
    "=",
    "====",
  ])("%j is none", async (text) => {
    expect(await kindOf(() => fromBase64(text))).toBe("malformed");
  });
});

describe("an integer", () => {
  test.each(["0", "1", "10", "9007199254740991"])("%s is one", (field) => {
    expect(formatInteger(parseInteger(field))).toBe(field);
  });

  test.each([
    "",
    "00",
    "01",
    "-0",
    "-1",
    "+1",
    "1.0",
    "1e3",
    "0x1",
    " 1",
    "1 ",
    "١",
    "9007199254740992",
    "99999999999999999999",
  ])("%j is none", async (field) => {
    expect(await kindOf(() => parseInteger(field))).toBe("malformed");
  });

  test("below its minimum, or one that cannot be written, is refused", async () => {
    expect(await kindOf(() => parseInteger("0", 1))).toBe("malformed");
    for (const value of [-1, 1.5, NaN, Infinity, 2 ** 53])
      expect(() => formatInteger(value)).toThrow(RangeError);
  });
});

describe("a text", () => {
  test("keeps a byte order mark as the bytes it is", () => {
    expect(decodeText(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe("\ufeffa");
  });

  test.each([[0xff], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xe2, 0x82]])(
    "of the bytes %j is no UTF-8",
    async (...bytes) => {
      expect(await kindOf(() => decodeText(Uint8Array.from(bytes)))).toBe("malformed");
    },
  );

  test("is read line by line to its end", async () => {
    const reader = new LineReader("first\nlist 2 3\na b\n");

    expect(reader.label(["other", "first"])).toBe("first");
    expect(reader.heading("list", 2)).toEqual([2, 3]);
    expect(
      await kindOf(() => {
        reader.end();
      }),
    ).toBe("malformed");
    expect(reader.fields(2)).toEqual(["a", "b"]);
    reader.end();
    expect(await kindOf(() => reader.line())).toBe("malformed");
    expect(await kindOf(() => new LineReader("roots 1\n").heading("servers", 1))).toBe("malformed");
  });
});

/** Every way in for text: whatever comes, it is either read or refused in our own words. */
const READERS: Record<string, (text: string) => unknown> = {
  leaf: (text) => parseLeaf(encodeText(text)),
  note: (text) => openNote(text, []),
  vkey: (text) => parseVkey(text),
  root: parseRoot,
  "staff key": parseStaffKey,
  "scope epoch": parseScopeEpoch,
  "scope key": parseScopeKey,
  member: parseMember,
};

describe("whatever is read as a", () => {
  const { statements } = readVectors("statements.json") as { statements: { text: string }[] };
  const { leaves } = readVectors("leaves.json") as { leaves: { leaf: string }[] };
  const genuine = [
    ...statements.map((one) => one.text),
    ...leaves.map((one) => decodeText(fromBase64(one.leaf))),
    "a text\n\n— name AAAAAAA=\n",
  ];
  const spoilt = fc
    .record({
      text: fc.constantFrom(...genuine),
      at: fc.nat(),
      cut: fc.nat(40),
      put: fc.string({ unit: "binary", maxLength: 6 }),
    })
    .map(
      ({ text, at, cut, put }) =>
        text.slice(0, at % text.length) + put + text.slice((at % text.length) + cut),
    );

  test.each(Object.entries(READERS))(
    "%s is read or refused with a SealedError",
    async (_, read) => {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(spoilt, fc.string({ unit: "binary", maxLength: 80 })),
          async (text) => {
            const error = await Promise.resolve()
              .then(() => read(text))
              .then(
                () => null,
                (caught: unknown) => caught,
              );

            if (error !== null) expect(error).toBeInstanceOf(SealedError);
          },
        ),
        { numRuns: 150 },
      );
    },
  );

  test("note keeps its text to the last byte", () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("a", "\n", "é", " ", "— x AAAAAAA=", "\n\n"), { maxLength: 12 }),
        (parts) => {
          const text = `x${parts.join("")}\n`;

          expect(unverifiedText(`${text}\n— name AAAAAAA=\n`)).toBe(text);
        },
      ),
    );
  });
});

describe("the README", () => {
  const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");
  const table = /## Layers\n([\s\S]*?)\n## /.exec(read("../README.md"))?.[1] ?? "";
  const rows = [...table.matchAll(/^\| (`[^|]*) \|/gm)].map((row) => row[1] ?? "");
  const layers = rows.flatMap((row) =>
    [...row.matchAll(/`([a-z-]+)`/g)].map((name) => name[1] ?? ""),
  );

  test("names exactly the layers that there are", () => {
    const files = readdirSync(new URL("../src", import.meta.url)).map((file) =>
      file.replace(".ts", ""),
    );

    expect([...layers, "index"].sort()).toEqual(files.sort());
  });

  test.each(layers)("puts %s below all that it imports", (layer) => {
    const imports = [...read(`../src/${layer}.ts`).matchAll(/from "\.\/([a-z-]+)\.ts"/g)];

    for (const [, imported = ""] of imports) {
      expect(layers.slice(0, layers.indexOf(layer))).toContain(imported);
    }
  });
});
