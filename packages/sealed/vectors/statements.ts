import { keyringPublicKeys } from "../src/keyring.ts";
import { keyName } from "../src/names.ts";
import { formatVkey, parseVkey, unverifiedText } from "../src/note.ts";
import { formatRoot, parseRoot, rootFingerprint } from "../src/root.ts";
import {
  formatMemberAdd,
  formatMemberRemove,
  formatScopeEpoch,
  parseScopeEpoch,
} from "../src/scope.ts";
import { formatStaffKey, formatStaffRevoke, parseStaffKey } from "../src/staff.ts";
import { type Bytes, SUITE, toBase64, toHex } from "../src/text.ts";
import { fingerprintWords } from "../src/words.ts";
import { type Institution, makeCast, makeInstitution } from "./institution.ts";
import { EXAM_SCOPE, INSTITUTION, OPENED_MS, seed, TEACHER } from "./seeds.ts";

/** Statements of sealed.md §6 with their fields, the fingerprint and its words, and what is refused. */
export async function statementVectors() {
  const institution = await makeInstitution();
  const texts = await statementTexts(institution);
  const [first = ""] = institution.rootNotes;
  return {
    statements: texts,
    root_note: first,
    fingerprint: toHex(await rootFingerprint(first)),
    fingerprint_words: fingerprintWords(await rootFingerprint(first)),
    words: await wordVectors(),
    commitment: {
      note: institution.member.note,
      blind: toBase64(institution.member.blind),
      leaf: toBase64(institution.leaves[3] ?? new Uint8Array()),
    },
    refused: await refusals(texts),
  };
}

async function statementTexts(institution: Institution) {
  const root = await parseRoot(unverifiedText(institution.rootNotes[0] ?? ""));
  const staffKey = await parseStaffKey(unverifiedText(institution.staffKey?.note ?? ""));
  const scopeEpoch = parseScopeEpoch(unverifiedText(institution.scopeEpoch));
  const member = {
    institution: INSTITUTION,
    scope: EXAM_SCOPE,
    epoch: 2,
    person: TEACHER,
    issuedMs: OPENED_MS,
  };
  const wrapHash = await seed("wrap");
  const bare = {
    ...root,
    administrators: [],
    servers: [],
    recovery: [],
    serial: 2,
    previous: await seed("previous"),
  };
  return [
    { kind: "root", fields: root, text: formatRoot(root) },
    { kind: "root", fields: bare, text: formatRoot(bare) },
    { kind: "staff-key", fields: staffKey, text: formatStaffKey(staffKey) },
    {
      kind: "staff-revoke",
      fields: { institution: INSTITUTION, person: TEACHER, issuedMs: OPENED_MS },
      text: formatStaffRevoke({ institution: INSTITUTION, person: TEACHER, issuedMs: OPENED_MS }),
    },
    { kind: "scope-epoch", fields: scopeEpoch, text: formatScopeEpoch(scopeEpoch) },
    {
      kind: "member-add",
      fields: { ...member, wrapHash },
      text: formatMemberAdd({ ...member, wrapHash }),
    },
    { kind: "member-remove", fields: member, text: formatMemberRemove(member) },
  ].map(({ kind, fields, text }) => ({ kind, fields: snakeCase(fields), text }));
}

/** Names in snake case, bytes as base64. */
function snakeCase(value: unknown): unknown {
  if (value instanceof Uint8Array) return toBase64(value);
  if (Array.isArray(value)) return value.map(snakeCase);
  if (typeof value !== "object" || value === null) return value;
  const named = Object.entries(value).map(([key, field]) => [
    key.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`),
    snakeCase(field),
  ]);
  return Object.fromEntries(named) as unknown;
}

async function wordVectors() {
  const fingerprints: Bytes[] = [
    new Uint8Array(32),
    new Uint8Array(32).fill(255),
    await seed("words"),
  ];
  return fingerprints.map((one) => ({ fingerprint: toHex(one), words: fingerprintWords(one) }));
}

async function refusals(statements: readonly { kind: string; text: string }[]) {
  const textOf = (kind: string) => statements.find((one) => one.kind === kind)?.text ?? "";
  const [root, staffKey, scope] = [textOf("root"), textOf("staff-key"), textOf("scope-epoch")];
  const [add, remove] = [textOf("member-add"), textOf("member-remove")];
  const other = await keyringPublicKeys((await makeCast("strange ")).teacher);
  const refuse = (kind: string, sentence: string, text: string, problem = "malformed") => ({
    kind,
    sentence,
    text,
    problem,
  });
  return [
    ...["root", "staff-key", "staff-revoke", "scope-epoch", "member-add", "member-remove"].map(
      (kind) => refuse(kind, `A line after the last one of a ${kind}.`, `${textOf(kind)}more\n`),
    ),
    ...["root", "staff-key", "scope-epoch"].map((kind) =>
      refuse(
        kind,
        `A ${kind} that expires as it is issued.`,
        textOf(kind).replace(/\n(\d+) \d+\n/, "\n$1 $1\n"),
      ),
    ),
    ...(await crookedRoots(root)).map(([sentence, text]) => refuse("root", sentence, text)),
    refuse(
      "root",
      "Another suite.",
      root.replace(SUITE, `${SUITE} `.trim().replace("sha256", "sha512")),
      "unsupported-version",
    ),
    refuse("root", "Version 2.", root.replace("v1/root", "v2/root"), "unsupported-version"),
    refuse("root", "A threshold of 0.", root.replace("roots 1 1", "roots 0 1")),
    refuse("root", "A threshold above the number of keys.", root.replace("roots 1 1", "roots 2 1")),
    refuse("root", "More keys announced than there are.", root.replace("roots 1 1", "roots 1 2")),
    refuse("root", "A million keys announced.", root.replace("roots 1 1", "roots 1 1000000")),
    refuse("root", "Serial 0.", root.replace("\n1\n", "\n0\n")),
    refuse("root", "Serial 2 without a previous root.", root.replace("\n1\n", "\n2\n")),
    refuse(
      "root",
      "Serial 1 with a previous root.",
      root.replace("\n-\n", `\n${toBase64(new Uint8Array(32))}\n`),
    ),
    refuse("root", "A display name that ends in a space.", root.replace("Nord\n", "Nord \n")),
    refuse("root", "An empty display name.", root.replace(/\nNorth [^\n]*\n/, "\n\n")),
    refuse(
      "root",
      "A display name of 201 characters.",
      root.replace(/\nNorth [^\n]*\n/, `\n${"é".repeat(201)}\n`),
    ),
    refuse(
      "root",
      "A control character in the display name.",
      root.replace("North ", "North\u0085"),
    ),
    refuse(
      "root",
      "A classic recipient for an administrator.",
      root.replace(
        /age1pq1[a-z0-9]+/,
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
      ),
      "downgrade",
    ),
    refuse("root", "A root key under another number.", root.replace("/root/1+", "/root/2+")),
    refuse("root", "A server key under the root's name.", root.replace("/server+", "/root/1+")),
    refuse(
      "root",
      "A recovery hash of 31 bytes.",
      root.replace(/recovery 1\n.*\n/, `recovery 1\n${toBase64(new Uint8Array(31))}\n`),
    ),
    refuse(
      "staff-key",
      "Another person's vkey.",
      staffKey.replace(
        /\n(invigil\/.*)\n/,
        `\n${other.vkey.replace(TEACHER, TEACHER.replace("t", "x"))}\n`,
      ),
    ),
    refuse(
      "staff-key",
      "A recipient with a letter changed.",
      staffKey.replace("age1pq1", "age1pq1q"),
    ),
    refuse(
      "staff-key",
      "A classic recipient.",
      staffKey.replace(
        /age1pq1[a-z0-9]+/,
        "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
      ),
      "downgrade",
    ),
    refuse("staff-key", "One time only.", staffKey.replace(/ \d+\n$/, "\n")),
    refuse("scope-epoch", "A staff key in a scope epoch's place.", staffKey, "unsupported-version"),
    refuse("scope-epoch", "Epoch 0.", scope.replace("\n1\n", "\n0\n")),
    refuse("scope-epoch", "A scope without a kind.", scope.replace("exam/", "")),
    refuse("member-add", "No hash of a wrap.", add.replace(/\n[^\n]+=\n/, "\n")),
    refuse(
      "member-remove",
      "A hash of a wrap.",
      remove.replace(/\n(\d+)\n$/, `\n${toBase64(new Uint8Array(32))}\n$1\n`),
    ),
  ];
}

/** Roots whose lists are wrong as lists. */
async function crookedRoots(text: string): Promise<readonly (readonly [string, string])[]> {
  const root = await parseRoot(text);
  const [vkey = ""] = root.roots;
  const { publicKey } = await parseVkey(vkey);
  const again = await formatVkey({ name: keyName.root(INSTITUTION, 2), publicKey });
  const [admin] = root.administrators;
  if (admin === undefined) throw new Error("The root names no administrator.");
  const teacher = { person: TEACHER, ...(await keyringPublicKeys((await makeCast()).teacher)) };
  const crooked = {
    "Administrators out of order.": { administrators: [teacher, admin] },
    "An administrator's key under another name.": {
      administrators: [{ ...admin, vkey: teacher.vkey }],
    },
    "An administrator twice.": { administrators: [admin, admin] },
    "The same key under two numbers.": { threshold: 2, roots: [vkey, again] },
    "A client version of ten digits.": { minimumClient: "1000000000.0.0" },
    "A client version in two parts.": { minimumClient: "0.1" },
  };
  return Object.entries(crooked).map(([sentence, change]) => [
    sentence,
    formatRoot({ ...root, ...change }),
  ]);
}
