import { openDB } from "idb";
import type { DBSchema, IDBPDatabase } from "idb";
import type { LossCause } from "../attempt/state.ts";
import type { Preamble } from "./orders.ts";
import type { TrustMaterial } from "../trust/material.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** What opens and speaks for an attempt. Destroyed after the final receipt. */
export interface Secrets {
  attempt: string;
  institution: string;
  server: string;
  token: string;
  /** Not extractable. */
  device_key: CryptoKeyPair;
  attempt_key: CryptoKeyPair;
  /** S and what leaf 0 stands on; null until the log is opened. */
  opened: Opened | null;
}

export interface Opened {
  secret: Bytes;
  wrap: Bytes;
  opened_ms: number;
  /** The proof that S is wrapped to the exam's key, and the server's key for receipts. */
  trust: TrustMaterial;
}

/** A sealed file in the spool. Present here = durable = counts. */
export interface SpooledFile {
  attempt: string;
  leaf_index: number;
  stream: string;
  index: number;
  length: number;
  /** base64 of its SHA-256. */
  digest: string;
  uploaded: boolean;
}

/** Where an attempt's evidence stands. */
export interface Mark {
  attempt: string;
  wrap_stored: boolean;
  /** Leaves under the last receipt. */
  receipted: number;
  receipt: string | null;
  bytes_sent: number;
  /** Losses that are not over: they become gap leaves when they are, also after a crash. */
  losses: {
    source: string;
    from_ms: number;
    cause: LossCause | "disk-full" | "crash" | "paused";
  }[];
  /** When the recording began last, ms since the opening: from then on what is missing is a gap. null: it never did. */
  begun_ms: number | null;
  /** What the recording is about, as it began first; null before. */
  preamble: Preamble | null;
  /** Sealed events by kind, of all lives. */
  events: Record<string, number>;
}

interface Schema extends DBSchema {
  secrets: { key: string; value: Secrets };
  leaves: { key: [string, number]; value: { attempt: string; index: number; leaf: Bytes } };
  files: { key: [string, number]; value: SpooledFile };
  marks: { key: string; value: Mark };
}
export type Database = IDBPDatabase<Schema>;

/** The extension's one database. Its origin's own contexts can open it, content scripts cannot. */
export function openDatabase(): Promise<Database> {
  return openDB<Schema>("invigil", 1, {
    upgrade(database) {
      database.createObjectStore("secrets", { keyPath: "attempt" });
      database.createObjectStore("leaves", { keyPath: ["attempt", "index"] });
      database.createObjectStore("files", { keyPath: ["attempt", "leaf_index"] });
      database.createObjectStore("marks", { keyPath: "attempt" });
    },
    blocking(_current, _blocked, event) {
      // A newer version of the extension wants in; this context is about to be replaced.
      (event.target as IDBDatabase).close();
    },
  });
}

/** All rows of an attempt in a store whose key begins with it. */
export function rowsOf(attempt: string): IDBKeyRange {
  return IDBKeyRange.bound([attempt, 0], [attempt, Number.MAX_SAFE_INTEGER]);
}

export const DURABLE = { durability: "strict" } as const;

export function freshMark(attempt: string): Mark {
  return {
    attempt,
    wrap_stored: false,
    receipted: 0,
    receipt: null,
    bytes_sent: 0,
    losses: [],
    begun_ms: null,
    preamble: null,
    events: {},
  };
}
