import { checkHybridRecipient } from "./age.ts";
import { malformed, SealedError } from "./errors.ts";
import { checkName, keyName } from "./names.ts";
import { parseVkey, unverifiedText } from "./note.ts";
import {
  type Bytes,
  encodeText,
  FORMAT,
  formatInteger,
  fromHex,
  LineReader,
  lines,
  parseBytes,
  parseInteger,
  parsePeriod,
  sha256,
  SUITE,
  toBase64,
  toHex,
} from "./text.ts";

/** An administrator as the root names them: person, signing key, encryption key. */
export interface Administrator {
  readonly person: string;
  readonly vkey: string;
  readonly recipient: string;
}

/** The root statement of an institution (sealed.md §6.1). */
export interface RootStatement {
  readonly institution: string;
  readonly displayName: string;
  readonly serial: number;
  readonly issuedMs: number;
  readonly expiresMs: number;
  readonly minimumClient: string;
  /** SHA-256 of the previous root's text; null with serial 1. */
  readonly previous: Bytes | null;
  /** How many of `roots` must sign. */
  readonly threshold: number;
  readonly roots: readonly string[];
  /** Sorted by person. */
  readonly administrators: readonly Administrator[];
  readonly servers: readonly string[];
  /** SHA-256 of each recovery recipient. */
  readonly recovery: readonly Bytes[];
}

const LABEL = `${FORMAT}/root`;
const NO_PREVIOUS = "-";

export function formatRoot(root: RootStatement): string {
  return lines(
    LABEL,
    root.institution,
    root.displayName,
    formatInteger(root.serial),
    `${formatInteger(root.issuedMs)} ${formatInteger(root.expiresMs)}`,
    SUITE,
    root.minimumClient,
    root.previous === null ? NO_PREVIOUS : toBase64(root.previous),
    `roots ${formatInteger(root.threshold)} ${root.roots.length}`,
    ...root.roots,
    `administrators ${root.administrators.length}`,
    ...root.administrators.map(({ person, vkey, recipient }) => `${person} ${vkey} ${recipient}`),
    `servers ${root.servers.length}`,
    ...root.servers,
    `recovery ${root.recovery.length}`,
    ...root.recovery.map(toBase64),
  );
}

/** @throws SealedError `malformed`, `unsupported-version` (another suite too). */
export async function parseRoot(text: string): Promise<RootStatement> {
  const reader = new LineReader(text);
  reader.label([LABEL]);
  const institution = checkName("institution", reader.line());
  const displayName = checkName("displayName", reader.line());
  const serial = parseInteger(reader.line(), 1);
  const period = parsePeriod(reader.fields(2));
  if (reader.line() !== SUITE) {
    throw new SealedError("unsupported-version", "The institution uses another suite.");
  }
  const minimumClient = checkName("version", reader.line());
  const previous = parsePrevious(reader.line(), serial);
  const lists = await parseLists(reader, institution);
  reader.end();
  return {
    institution,
    displayName,
    serial,
    ...period,
    minimumClient,
    previous,
    ...lists,
  };
}

function parsePrevious(field: string, serial: number): Bytes | null {
  if ((field === NO_PREVIOUS) !== (serial === 1)) {
    throw malformed("The first root, and only it, has no previous one.");
  }
  return field === NO_PREVIOUS ? null : parseBytes(field, 32);
}

async function parseLists(reader: LineReader, institution: string) {
  const [threshold = 0, count = 0] = reader.heading("roots", 2);
  if (threshold < 1 || threshold > count) throw malformed("A root's threshold cannot be met.");
  const known = new Set<string>();
  const roots = await collect(count, async (at) => {
    const vkey = reader.line();
    known.add(toBase64((await parseVkey(vkey, keyName.root(institution, at + 1))).publicKey));
    return vkey;
  });
  if (known.size < count) throw malformed("A root names the same key twice.");
  const administrators = await parseAdministrators(reader, institution);
  const [serverCount = 0] = reader.heading("servers", 1);
  const servers = await collect(serverCount, async () => {
    const vkey = reader.line();
    await parseVkey(vkey, keyName.server(institution));
    return vkey;
  });
  const [recoveryCount = 0] = reader.heading("recovery", 1);
  const recovery = await collect(recoveryCount, () => parseBytes(reader.line(), 32));
  return { threshold, roots, administrators, servers, recovery };
}

async function parseAdministrators(reader: LineReader, institution: string) {
  const [count = 0] = reader.heading("administrators", 1);
  let last = "";
  return collect(count, async (): Promise<Administrator> => {
    const [person = "", vkey = "", recipient = ""] = reader.fields(3);
    if (checkName("person", person) <= last) throw malformed("Administrators are not sorted.");
    last = person;
    await parseVkey(vkey, keyName.staff(institution, person));
    return { person, vkey, recipient: checkHybridRecipient(recipient) };
  });
}

/** Reads one after the other, and stops at the first missing line however large the count is. */
async function collect<Item>(
  count: number,
  read: (at: number) => Item | Promise<Item>,
): Promise<readonly Item[]> {
  const items: Item[] = [];
  for (let at = 0; at < count; at += 1) items.push(await read(at));
  return items;
}

/** SHA-256 of a root's text: what the next root names, and with serial 1 the fingerprint. */
export async function rootHash(note: string): Promise<Bytes> {
  return sha256(encodeText(unverifiedText(note)));
}

/**
 * The fingerprint of an institution (sealed.md §6.1): what clients pin.
 * @throws SealedError `malformed` unless the root with serial 1.
 */
export async function rootFingerprint(firstRootNote: string): Promise<Bytes> {
  const { serial } = await parseRoot(unverifiedText(firstRootNote));
  if (serial !== 1) throw malformed("Only the first root has the fingerprint.");
  return rootHash(firstRootNote);
}

export function fingerprintHex(fingerprint: Bytes): string {
  return toHex(fingerprint);
}

/** @throws SealedError `malformed` unless 64 hex digits, lower case. */
export function fingerprintFromHex(hex: string): Bytes {
  return fromHex(hex, 32);
}
