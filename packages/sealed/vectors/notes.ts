import { cosign, formatCheckpoint } from "../src/checkpoint.ts";
import { keyName } from "../src/names.ts";
import { formatSignature, keyId, parseVkey, signerFromSeed, signNote } from "../src/note.ts";
import { concat, encodeText, fromBase64, toBase64 } from "../src/text.ts";
import { ATTEMPT, INSTITUTION, OPENED_MS, seed, TEACHER } from "./seeds.ts";

const TIME_S = OPENED_MS / 1000 + 10;

async function keys() {
  const names = {
    attempt: keyName.attempt(INSTITUTION, ATTEMPT),
    server: keyName.server(INSTITUTION),
    staff: keyName.staff(INSTITUTION, TEACHER),
    root: keyName.root(INSTITUTION, 1),
  };
  const made = await Promise.all(
    Object.entries(names).map(async ([role, name]) => {
      const bytes = await seed(`key ${role}`);
      return [role, { seed: bytes, signer: await signerFromSeed(name, bytes) }] as const;
    }),
  );
  return Object.fromEntries(made);
}

/** Signed notes, checkpoints and cosignatures of sealed.md §4. */
export async function noteVectors() {
  const known = await keys();
  const [attempt, server, staff] = [known["attempt"], known["server"], known["staff"]];
  if (!attempt || !server || !staff) throw new Error("A key was not made.");
  const text = formatCheckpoint({
    origin: attempt.signer.name,
    size: 5,
    rootHash: await seed("root hash"),
  });
  const signed = await signNote(text, [attempt.signer]);
  const receipt = await cosign(signed, server.signer, TIME_S);
  const cosignatureId = await keyId(await parseVkey(server.signer.vkey), 4);
  const both = await signNote("a text\n\nwith an empty line\n", [staff.signer, server.signer]);
  const unicode = await signNote("Université de Nîmes – 大学\n", [staff.signer]);
  return {
    keys: Object.values(known).map((key) => ({
      name: key.signer.name,
      seed: toBase64(key.seed),
      vkey: key.signer.vkey,
    })),
    cosignature_key_id: cosignatureId,
    notes: [
      {
        sentence: "A checkpoint of the attempt.",
        note: signed,
        text,
        signed_by: [attempt.signer.name],
      },
      {
        sentence: "The same with the server's receipt: a plain and a cosignature line.",
        note: receipt,
        text,
        signed_by: [attempt.signer.name],
        cosigned_by: server.signer.name,
        time_s: TIME_S,
        checkpoint: {
          origin: attempt.signer.name,
          size: 5,
          root: toBase64(await seed("root hash")),
        },
      },
      {
        sentence: "Two signatures; the text itself holds an empty line: the last one divides.",
        note: both,
        text: "a text\n\nwith an empty line\n",
        signed_by: [staff.signer.name, server.signer.name],
      },
      {
        sentence: "Beyond ASCII.",
        note: unicode,
        text: "Université de Nîmes – 大学\n",
        signed_by: [staff.signer.name],
      },
      {
        sentence: "A line of an unknown key, whatever it holds, is passed over.",
        note: signed + formatSignature("example.org/witness", "00112233", encodeText("any")),
        text,
        signed_by: [attempt.signer.name],
      },
    ],
    refused: refused(signed, receipt, { attempt: attempt.signer.name, server: server.signer.name }),
    refused_vkeys: refusedVkeys(attempt.signer.vkey),
  };
}

function refused(signed: string, receipt: string, name: { attempt: string; server: string }) {
  const alter = (note: string, find: string | RegExp, put: string) => note.replace(find, put);
  const flip = (line: string) =>
    line.slice(0, -6) + (line.at(-6) === "A" ? "B" : "A") + line.slice(-5);
  const [lineOfAttempt = "", lineOfServer = ""] = receipt.split("\n").slice(-3, -1);
  return [
    {
      sentence: "The size in the text was changed.",
      kind: "forged",
      note: alter(signed, "\n5\n", "\n6\n"),
    },
    {
      sentence: "A bit of the signature was changed.",
      kind: "forged",
      note: receipt.replace(lineOfAttempt, flip(lineOfAttempt)),
    },
    {
      sentence: "A bit of the cosignature was changed.",
      kind: "forged",
      note: receipt.replace(lineOfServer, flip(lineOfServer)),
    },
    {
      sentence: "Two lines of the same key, the second of which does not verify.",
      kind: "forged",
      note: `${signed}${flip(lineOfAttempt)}\n`,
    },
    ...[-71, -1, 1].map((more) => ({
      sentence: `A cosignature with ${more} byte more.`,
      kind: "forged",
      note: receipt.replace(lineOfServer, resized(lineOfServer, more)),
    })),
    { sentence: "No empty line.", kind: "malformed", note: alter(signed, "\n\n", "\n") },
    { sentence: "No signature.", kind: "malformed", note: signed.slice(0, signed.indexOf("—")) },
    { sentence: "An empty text.", kind: "malformed", note: "\n\n— x AAAAAAAA\n" },
    {
      sentence: "Another letter in place of the last line feed.",
      kind: "malformed",
      note: "text\n\n— x AAAAAAAA!",
    },
    { sentence: "No line feed at the end.", kind: "malformed", note: signed.slice(0, -1) },
    { sentence: "A carriage return.", kind: "malformed", note: alter(signed, "\n5\n", "\n5\r\n") },
    {
      sentence: "A tabulator in the text.",
      kind: "malformed",
      note: alter(signed, "\n5\n", "\n5\t\n"),
    },
    {
      sentence: "A hyphen in place of the em dash.",
      kind: "malformed",
      note: alter(signed, "—", "-"),
    },
    {
      sentence: "A second space in a signature line.",
      kind: "malformed",
      note: alter(signed, "— ", "—  "),
    },
    {
      sentence: "A space at the end of a signature line.",
      kind: "malformed",
      note: alter(signed, /\n$/, " \n"),
    },
    { sentence: "A signature without padding.", kind: "malformed", note: `${signed}— x AAAAAA\n` },
    {
      sentence: "A signature of four bytes: a key id and nothing.",
      kind: "malformed",
      note: `${signed}— x AAAAAA==\n`,
    },
    {
      sentence: "An empty line among the signatures moves the border of the text.",
      kind: "malformed",
      note: `${signed}\n`,
    },
    {
      sentence: "Over 64 KiB.",
      kind: "malformed",
      note: `${"x".repeat(65_536)}\n\n${lineOfAttempt}\n`,
    },
  ].map((one) => ({ ...one, known_keys: [name.attempt, name.server] }));
}

/** The signature line with more or fewer bytes. */
function resized(line: string, more: number): string {
  const [dash = "", name = "", signature = ""] = line.split(" ");
  const bytes = fromBase64(signature);
  const whole = concat(bytes, new Uint8Array(Math.max(more, 0)));
  return `${dash} ${name} ${toBase64(whole.slice(0, bytes.length + more))}`;
}

function refusedVkeys(vkey: string) {
  const [name = "", id = ""] = vkey.split("+");
  const key = vkey.slice(name.length + id.length + 2);
  return [
    { sentence: "No key.", vkey: `${name}+${id}` },
    { sentence: "An id that is not the key's.", vkey: `${name}+00000000+${key}` },
    {
      sentence: "An id in capitals.",
      vkey: `${name}+${id.toUpperCase() === id ? "ABCDEF01" : id.toUpperCase()}+${key}`,
    },
    { sentence: "Another name: the id is over the name too.", vkey: `${name}x+${id}+${key}` },
    { sentence: "A key of another type.", vkey: `${name}+${id}+B${key.slice(1)}` },
    { sentence: "A key of 32 bytes.", vkey: `${name}+${id}+${key.slice(0, -4)}` },
    { sentence: "A name with a space.", vkey: `a name+${id}+${key}` },
  ].map((one) => ({ ...one, kind: "malformed" }));
}
