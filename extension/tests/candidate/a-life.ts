import {
  AttemptSealer,
  keyName,
  keyringPublicKeys,
  makeSigningKey,
  openScopeKey,
  openUnverified,
  readObject,
  signerFromKeyPair,
  toBase64,
  trustScope,
  wrapScopeKey,
} from "@invigil/sealed";
import type { Bytes, ScopeKey, SealedEntry, TrustedScope } from "@invigil/sealed";
import { makeCast, makeInstitution, replay } from "../../../packages/sealed/vectors/institution.ts";
import {
  ATTEMPT,
  EXAM_SCOPE,
  INSTITUTION,
  OPENED_MS,
} from "../../../packages/sealed/vectors/seeds.ts";
import { freshMark } from "../../src/candidate/evidence/database.ts";
import type { Mark, SpooledFile } from "../../src/candidate/evidence/database.ts";
import type { Marks } from "../../src/candidate/evidence/marks.ts";
import { Engine } from "../../src/candidate/evidence/engine.ts";
import { reachedMs } from "../../src/candidate/evidence/leaves.ts";
import type { EvidenceNews } from "../../src/candidate/evidence/orders.ts";
import type { Spool } from "../../src/candidate/evidence/spool.ts";
import { attemptCalls } from "../../src/server.ts";
import { FakeServer } from "./fake-server.ts";

/** FAKE marks: in memory. */
export class MarksInMemory implements Marks {
  now: Mark = freshMark(ATTEMPT);

  change(part: Partial<Mark>): Promise<void> {
    this.now = { ...this.now, ...part };
    return Promise.resolve();
  }
}

/** A FAKE disk: keeps leaves, files and mark in memory, and can be told to fail. It outlives the engines that use it. */
export class Disk implements Spool {
  readonly entries: SealedEntry[] = [];
  readonly files = new Map<number, SpooledFile & { bytes: Bytes }>();
  readonly marks = new MarksInMemory();
  failure: Error | null = null;
  /** Whether it has lost what it promised to keep. */
  isLosing = false;
  onKept: (file: SpooledFile) => void = () => undefined;

  async keep(entry: SealedEntry): Promise<void> {
    await Promise.resolve();
    if (this.failure !== null) throw this.failure;
    this.entries.push(entry);
    if (entry.kind !== "segment") return;
    const { stream, index, leafIndex: leaf_index, file: bytes } = entry;
    const digest = toBase64(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
    const row = { attempt: ATTEMPT, leaf_index, stream, index, length: bytes.length, digest };
    this.files.set(leaf_index, { ...row, uploaded: false, bytes });
    this.onKept({ ...row, uploaded: false });
  }

  leaves(from = 0): Promise<Bytes[]> {
    return Promise.resolve(this.entries.slice(from).map((entry) => entry.leaf));
  }
  waiting(): Promise<SpooledFile[]> {
    return Promise.resolve([...this.files.values()].filter((file) => !file.uploaded));
  }
  sweep(): Promise<void> {
    return Promise.resolve();
  }
  bytesOf({ leaf_index }: SpooledFile): Promise<Bytes | null> {
    const bytes = this.isLosing ? undefined : this.files.get(leaf_index)?.bytes;
    return Promise.resolve(bytes ?? null);
  }
  markUploaded({ leaf_index }: SpooledFile): Promise<void> {
    const file = this.files.get(leaf_index);
    if (file !== undefined) file.uploaded = true;
    return Promise.resolve();
  }
  markLost(from: number): Promise<void> {
    for (const file of this.files.values()) if (file.leaf_index >= from) file.uploaded = false;
    return Promise.resolve();
  }
  holds(leaf_index: number): Promise<boolean> {
    return Promise.resolve(this.files.has(leaf_index));
  }
  release(size: number): Promise<void> {
    for (const leaf of this.files.keys()) if (leaf < size) this.files.delete(leaf);
    return Promise.resolve();
  }
}

let trusted: Promise<TrustedScope> | null = null;

/** The trust that all lives stand on. */
function trust(): Promise<TrustedScope> {
  trusted ??= makeInstitution().then(async (institution) =>
    trustScope({
      log: await replay(institution),
      scope: EXAM_SCOPE,
      certificate: { scopeEpoch: institution.scopeEpoch, staffKey: institution.staffKey },
      atMs: OPENED_MS,
    }),
  );
  return trusted;
}

/** The exam's key as its teacher has it. */
async function scopeKey(): Promise<ScopeKey> {
  const { teacher, scopeIdentity: identity } = await makeCast();
  const { recipient } = await keyringPublicKeys(teacher);
  const trusted_scope = await trust();
  const { institution, scope, epoch, recipient: exam } = trusted_scope;
  const key = { institution, scope, epoch, recipient: exam, identity };
  return openScopeKey(await wrapScopeKey(key, recipient), teacher, trusted_scope);
}

/** The server of that trust. */
export async function aServer(): Promise<FakeServer> {
  return new FakeServer((await makeCast()).server);
}

/** An attempt on one device: its disk and keys, and as many lives as a test gives it. */
export class Device {
  readonly disk = new Disk();
  readonly news: EvidenceNews[] = [];
  readonly errors: unknown[] = [];
  readonly #opened_ms = Date.now();
  readonly #key: CryptoKeyPair;
  readonly #fetching: typeof fetch;

  private constructor(key: CryptoKeyPair, fetching: typeof fetch) {
    this.#key = key;
    this.#fetching = fetching;
  }

  /** Opens the attempt's log. `fetching` is the server; without one the network is away. */
  static async make(fetching: typeof fetch = away): Promise<Device> {
    const [key, device] = [await makeSigningKey(), await makeSigningKey()];
    const made = new Device(key, fetching);
    await AttemptSealer.begin({
      trust: await trust(),
      attempt: ATTEMPT,
      attemptKey: key,
      deviceVkey: (await signerFromKeyPair(keyName.device(INSTITUTION, ATTEMPT), device)).vkey,
      openedMs: made.#opened_ms,
      nonce: new Uint8Array(16),
      clientVersion: "0.1.0",
      spool: made.disk,
    });
    return made;
  }

  /** What a start of the browser makes of the disk. */
  async wake(): Promise<Engine> {
    const { disk } = this;
    const [opening] = disk.entries;
    if (opening?.kind !== "open") throw new Error("Nothing was opened.");
    const { secret, wrap } = opening;
    const leaves = await disk.leaves();
    const sealer = await AttemptSealer.resume({
      secret,
      leaves,
      attemptKey: this.#key,
      spool: disk,
    });
    const found = {
      attempt: ATTEMPT,
      spool: disk,
      sealer,
      trusted: await trust(),
      opened: { wrap, opened_ms: this.#opened_ms },
      marks: disk.marks,
      reached_ms: Math.max(reachedMs(leaves), disk.marks.now.begun_ms ?? 0),
    };
    const calls = attemptCalls("https://a.example", ATTEMPT, "iat1.secret.mac", this.#fetching);
    const engine = new Engine(found, calls, {
      tell: (one) => this.news.push(one),
      report: (error) => this.errors.push(error),
    });
    disk.onKept = (file) => {
      engine.delivery.kept(file);
    };
    await engine.delivery.resume();
    return engine;
  }

  /** The last summary, as its reviewer reads it. */
  async summary(): Promise<unknown> {
    const [opening] = this.disk.entries;
    const file = [...this.disk.files.values()].findLast((one) => one.stream === "summary");
    if (opening?.kind !== "open" || file === undefined) throw new Error("There is no summary.");
    const key = await scopeKey();
    const { stream, index, bytes } = file;
    const { wrap } = opening;
    const glimpse = { key, attempt: ATTEMPT, wrap, stream, index, file: bytes };
    return readObject(await openUnverified(glimpse));
  }

  /** The gaps that the log declares, as their leaves say them. */
  get gaps(): string[] {
    const texts = this.disk.entries.map((entry) => new TextDecoder().decode(entry.leaf));
    return texts.flatMap((text) =>
      text.startsWith("invigil/v1/gap\n") ? [text.split("\n")[2] ?? ""] : [],
    );
  }
}

const away = (() => Promise.reject(new TypeError("away"))) as typeof fetch;

export const PREAMBLE = { agreement: { typed_name: "Ada" }, checks: {}, noted: ["disk"] };

/** A camera file as the recorder hands it over. */
export function aFile(t0_ms: number, continuity: "whole" | "delta" = "whole") {
  const bytes = new TextEncoder().encode(`pictures from ${t0_ms}`);
  return { stream: "camera" as const, t0_ms, t1_ms: t0_ms + 5_000, continuity, bytes };
}

/** Two seconds each, without waiting for them or for a next try; what is under way arrives in between. */
export async function steps(engine: Engine, count: number): Promise<void> {
  for (let step = 0; step < count; step += 1) {
    engine.delivery.wake();
    await engine.step();
    await new Promise((later) => setTimeout(later, 10));
  }
}
