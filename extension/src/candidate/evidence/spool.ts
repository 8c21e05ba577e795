import { toBase64 } from "@invigil/sealed";
import type { SealedEntry, SealedSpool } from "@invigil/sealed";
import { DURABLE, rowsOf } from "./database.ts";
import type { Database, Opened, SpooledFile } from "./database.ts";
import type { Shelf } from "./shelf.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Everything sealed that no receipt covers yet. A leaf and its file are kept together or not at all. */
export interface Spool extends SealedSpool {
  /** All leaves from `from` on, in order. */
  leaves(from?: number): Promise<Bytes[]>;
  /** Files that the server has not acknowledged, in the log's order. */
  waiting(): Promise<SpooledFile[]>;
  /** Removes what a killed writer left: files on the shelf that no leaf names. */
  sweep(): Promise<void>;
  bytesOf(file: SpooledFile): Promise<Bytes | null>;
  markUploaded(file: SpooledFile): Promise<void>;
  /** The server does not have the files of the leaves from `from` on: those that are here wait again. */
  markLost(from: number): Promise<void>;
  /** Whether the file of a leaf is still here: those under a receipt are not. */
  holds(leaf_index: number): Promise<boolean>;
  /** Deletes the files under a receipt of `size` leaves. Their leaves stay until the close. */
  release(size: number): Promise<void>;
}

type SegmentEntry = Extract<SealedEntry, { kind: "segment" }>;

type OpenEntry = Extract<SealedEntry, { kind: "open" }>;

export interface SpoolPlace {
  database: Database;
  shelf: Shelf;
  attempt: string;
  /** Hears of every file that counts from now on. */
  onKept: (file: SpooledFile) => void;
  /** What is stored beside S when the log is opened; null for a log that is open. */
  opening: Omit<Opened, "secret" | "wrap"> | null;
}

export function openSpool(place: SpoolPlace): Spool {
  const { database, shelf, attempt } = place;
  return {
    async keep(entry) {
      if (entry.kind === "open") {
        await keepOpening(place, entry);
        return;
      }
      const file = entry.kind === "segment" ? await shelve(shelf, attempt, entry) : null;
      const change = database.transaction(["leaves", "files"], "readwrite", DURABLE);
      // Leaf bytes are copied: a view on a larger buffer would be stored with all of it.
      const leaf = entry.leaf.slice();
      // Added, never put: a leaf that is there has been signed, and another in its place would fork the log.
      const kept = [change.objectStore("leaves").add({ attempt, index: entry.leafIndex, leaf })];
      if (file !== null) kept.push(change.objectStore("files").add(file));
      await Promise.all([...kept, change.done]);
      if (file !== null) place.onKept(file);
    },

    async leaves(from = 0) {
      const range = IDBKeyRange.bound([attempt, from], [attempt, Number.MAX_SAFE_INTEGER]);
      return (await database.getAll("leaves", range)).map((row) => row.leaf);
    },

    async waiting() {
      const files = await database.getAll("files", rowsOf(attempt));
      return files.filter((file) => !file.uploaded);
    },

    async sweep() {
      const files = await database.getAll("files", rowsOf(attempt));
      const known = new Set(files.map(nameOf));
      const names = await shelf.names();
      await Promise.all(names.filter((name) => !known.has(name)).map((name) => shelf.remove(name)));
    },

    bytesOf: (file) => shelf.read(nameOf(file)),

    async markUploaded(file) {
      const change = database.transaction("files", "readwrite", DURABLE);
      await change.store.put({ ...file, uploaded: true });
      await change.done;
    },

    async markLost(from) {
      const range = IDBKeyRange.bound([attempt, from], [attempt, Number.MAX_SAFE_INTEGER]);
      const change = database.transaction("files", "readwrite", DURABLE);
      for (const file of await change.store.getAll(range)) {
        void change.store.put({ ...file, uploaded: false });
      }
      await change.done;
    },

    async holds(leaf_index) {
      return (await database.get("files", [attempt, leaf_index])) !== undefined;
    },

    release: (size) => release(place, size),
  };
}

/** S, its wrap and leaf 0 become durable together: never one without the others. */
async function keepOpening(place: SpoolPlace, entry: OpenEntry): Promise<void> {
  const { database, attempt, opening } = place;
  const change = database.transaction(["leaves", "secrets"], "readwrite", DURABLE);
  const secrets = await change.objectStore("secrets").get(attempt);
  if (secrets === undefined || opening === null) {
    change.abort();
    throw new Error("an attempt is opened once, and its keys come first");
  }
  const opened = { ...opening, secret: entry.secret.slice(), wrap: entry.wrap.slice() };
  void change.objectStore("secrets").put({ ...secrets, opened });
  const leaf = { attempt, index: 0, leaf: entry.leaf.slice() };
  await Promise.all([change.objectStore("leaves").add(leaf), change.done]);
}

async function shelve(shelf: Shelf, attempt: string, entry: SegmentEntry): Promise<SpooledFile> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", entry.file));
  const file: SpooledFile = {
    attempt,
    leaf_index: entry.leafIndex,
    stream: entry.stream,
    index: entry.index,
    length: entry.file.length,
    digest: toBase64(digest),
    uploaded: false,
  };
  await shelf.write(nameOf(file), entry.file);
  return file;
}

async function release(
  { database, shelf, attempt }: { database: Database; shelf: Shelf; attempt: string },
  size: number,
): Promise<void> {
  const range = IDBKeyRange.bound([attempt, 0], [attempt, size], false, true);
  const covered = await database.getAll("files", range);
  // The index goes first: a file without a row is swept, a row without a file would be a loss.
  const change = database.transaction("files", "readwrite", DURABLE);
  void change.store.delete(range);
  await change.done;
  await Promise.all(covered.map((file) => shelf.remove(nameOf(file))));
}

function nameOf(file: { stream: string; index: number }): string {
  return `${file.stream}-${file.index}.age`;
}
