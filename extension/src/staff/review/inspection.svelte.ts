import { AttemptVerifier, fromBase64, openScopeKey, readEvents, readObject } from "@invigil/sealed";
import type { Bytes, ScopeCertificate, SegmentEntry, Verification } from "@invigil/sealed";
import type { Bench } from "../app/desk.svelte.ts";
import { whenEnded } from "../../lifetime.ts";
import { explain } from "../explain.ts";
import { Tape } from "../player/tape.ts";
import { certificateOf, trustedLog } from "../vault/trusted-log.ts";
import type { AttemptSummary, Evidence } from "../wire.ts";
import { Courtesy } from "./courtesy.ts";
import { Shelf } from "./shelf.ts";
import { words } from "./words.ts";

export type Stage =
  { is: "trust" } | { is: "log"; done: number; all: number } | { is: "unlock" } | { is: "done" };

/** Leaves (base64) with the checkpoint that came with the last of them, and the attempt's state then. */
export interface RecordAtHand {
  leaves: readonly string[];
  checkpoint: string | null;
  state: AttemptSummary["state"];
  /** base64 of `attempt.age` */
  wrap: string;
}

const OVER: readonly AttemptSummary["state"][] = ["ended", "terminated"];
/** How often a running attempt is asked for news. */
const LIVE_MS = 5_000;
/** An attempt that is over without having been closed may still be sending: it is asked so often before nothing more is expected. */
const LAST_ASKED = 12;
/** Files whose hash is checked side by side while nobody waits for them. */
const ABREAST = 4;
/** Leaves verified between two signs of progress. */
const STRIDE = 500;
/** How often the count of checked files is told. */
const NEWS_MS = 200;

/**
 * One attempt under review: verified first, then open. Everything shown comes from here, and nothing is decrypted
 * before its place in the record is verified (sealed.md §9).
 */
export class Inspection {
  summary = $state.raw<AttemptSummary | null>(null);
  stage = $state.raw<Stage>({ is: "trust" });
  verification = $state.raw<Verification | null>(null);
  /** Why the attempt could not be opened, in words. */
  error = $state<string | null>(null);
  isUnlocked = $state(false);
  durationMs = $state(0);
  opening = $state.raw<AttemptVerifier["opening"]>(null);
  gaps = $state.raw<AttemptVerifier["gaps"]>([]);
  /** Where each stream has a recording: [from, to] in ms. */
  stretches = $state.raw<Record<"camera" | "screen", readonly [number, number][]>>({
    camera: [],
    screen: [],
  });
  readonly tapes = { camera: new Tape<SegmentEntry>(), screen: new Tape<SegmentEntry>() };
  readonly attempt: string;
  readonly #bench: Bench;
  readonly #exam: string;
  #verifier: AttemptVerifier | null = null;
  #certificate: ScopeCertificate | null = null;
  #isLogged = 0;
  #taped = 0;
  #leaves: string[] = [];
  #record: RecordAtHand | null = null;
  readonly #shelf = new Shelf();
  readonly #courtesy = new Courtesy();
  #isNewsDue = false;

  constructor(bench: Bench, exam: string, attempt: string) {
    this.#bench = bench;
    this.#exam = exam;
    this.attempt = attempt;
  }

  get verifier(): AttemptVerifier | null {
    return this.#verifier;
  }

  /** What certifies the key that the attempt was sealed to; another epoch's may be in use by now. */
  get certificate(): ScopeCertificate | null {
    return this.#certificate;
  }

  /** What was read last, as one; null before the first reading is through. */
  get record(): RecordAtHand | null {
    return this.#record;
  }

  get isOver(): boolean {
    return this.summary !== null && OVER.includes(this.summary.state);
  }

  /**
   * Verifies, unlocks, and goes on listening while the attempt runs; once it is over, checks every file. Ends with
   * `signal`, or when nothing more is to come.
   */
  async run(signal: AbortSignal): Promise<void> {
    let asked = 0;
    try {
      while (asked < LAST_ASKED) {
        const known = this.#isLogged;
        await this.#advance();
        if (this.isOver && this.error === null) await this.checkAll(signal);
        if (signal.aborted || this.error !== null || this.#isClosed) return;
        asked = this.isOver && this.#isLogged === known ? asked + 1 : 0;
        await wait(LIVE_MS, signal);
      }
    } catch (error) {
      if (!signal.aborted) this.error = explain(error);
    }
  }

  get #isClosed(): boolean {
    return this.isOver && this.summary?.closed !== null;
  }

  async #advance(): Promise<void> {
    const evidence = await this.#bench.api.evidence(this.attempt);
    this.summary = evidence.attempt;
    if (evidence.wrap === null || evidence.log_size === 0) return;
    this.#verifier ??= await this.#begin(evidence);
    await this.#read(evidence);
    if (!this.isUnlocked && this.#verifier.scope !== null) await this.#unlock();
    this.#settle();
  }

  async #begin(evidence: Evidence): Promise<AttemptVerifier> {
    const { api, me } = this.#bench;
    this.stage = { is: "trust" };
    const [log, trust] = await Promise.all([
      trustedLog(api, me.institution.slug),
      api.scopeTrust(this.#exam, evidence.epoch),
    ]);
    this.#certificate = certificateOf(trust);
    return new AttemptVerifier({
      attempt: this.attempt,
      log,
      certificate: this.#certificate,
      wrap: fromBase64(evidence.wrap ?? ""),
    });
  }

  async #read(evidence: Evidence): Promise<void> {
    const verifier = this.#verifier;
    if (verifier === null) return;
    let { checkpoint, log_size } = evidence;
    while (this.#isLogged < log_size) {
      this.#say({ is: "log", done: this.#isLogged, all: log_size });
      const page = await this.#bench.api.leaves(this.attempt, this.#isLogged);
      if (page.leaves.length === 0) break;
      for (let at = 0; at < page.leaves.length; at += STRIDE) {
        const stride = page.leaves.slice(at, at + STRIDE).map(fromBase64);
        await verifier.addLeaves(stride);
        this.#isLogged += stride.length;
        this.#say({ is: "log", done: this.#isLogged, all: log_size });
        await painted();
      }
      this.#leaves.push(...page.leaves);
      // What was added meanwhile belongs to this page's checkpoint: it is read too.
      ({ checkpoint, size: log_size } = page);
    }
    if (checkpoint !== null) await verifier.addCheckpoint(checkpoint);
    const { state } = evidence.attempt;
    this.#record = { leaves: this.#leaves.slice(), checkpoint, state, wrap: evidence.wrap ?? "" };
  }

  /** Progress of the first reading only; a live attempt goes on quietly. */
  #say(stage: Stage): void {
    if (this.stage.is !== "done") this.stage = stage;
  }

  async #unlock(): Promise<void> {
    const verifier = this.#verifier;
    const trusted = verifier?.scope ?? null;
    if (verifier === null || trusted === null) return;
    this.#say({ is: "unlock" });
    const scope = await this.#bench.api.scope(this.#exam);
    const wrap = scope.epochs.find((epoch) => epoch.epoch === trusted.epoch)?.my_wrap ?? null;
    if (wrap === null) {
      // Asked anew: the keys may have been ended while this page was open.
      const { certification } = await this.#bench.api.me();
      this.error = certification === "revoked" ? words.keysEnded : words.noKey;
      return;
    }
    await verifier.unlock(await openScopeKey(fromBase64(wrap), this.#bench.keyring, trusted));
    this.isUnlocked = true;
  }

  #settle(): void {
    const verifier = this.#verifier;
    if (verifier === null) return;
    this.verification = verifier.report(this.isOver);
    const fresh = verifier.segments
      .slice(this.#taped)
      .filter((entry) => entry.leafIndex < (this.verification?.checkedCount ?? 0));
    this.#taped += fresh.length;
    this.tapes.camera.extend(fresh.filter((entry) => entry.stream === "camera"));
    this.tapes.screen.extend(fresh.filter((entry) => entry.stream === "screen"));
    for (const tape of Object.values(this.tapes))
      tape.isComplete = this.isOver && this.verification.checkedCount === this.#isLogged;
    this.durationMs = Math.max(this.tapes.camera.endMs, this.tapes.screen.endMs);
    this.stretches = {
      camera: this.tapes.camera.stretches(),
      screen: this.tapes.screen.stretches(),
    };
    this.opening = verifier.opening;
    this.gaps = [...verifier.gaps];
    this.stage = { is: "done" };
  }

  /** While a person waits for a picture, nothing is done in the background. */
  set isAwaited(isAwaited: boolean) {
    this.#courtesy.isAwaited = isAwaited;
  }

  /** One file, checked and opened; kept for a while. @throws when it is missing or damaged; the findings say so too */
  open = (entry: { stream: string; index: number }): Promise<Bytes> =>
    this.#courtesy.first(() => this.#opened(entry));

  async #opened(entry: { stream: string; index: number }): Promise<Bytes> {
    const key = `${entry.stream}-${entry.index}`;
    const kept = this.#shelf.get(key);
    if (kept !== undefined) return kept;
    const verifier = this.#verifier;
    if (verifier === null) throw new TypeError("nothing is verified yet");
    const file = await this.#bench.api.segment(this.attempt, entry.stream, entry.index);
    try {
      if (file === null) throw new Error(verifier.markMissing(entry.stream, entry.index).sentence);
      const bytes = await verifier.openFile(entry.stream, entry.index, file);
      this.#shelf.put(key, bytes);
      return bytes;
    } finally {
      this.#tell();
    }
  }

  /** The findings so far, at most a few times a second: each telling looks at every file. */
  #tell(): void {
    if (this.#isNewsDue) return;
    this.#isNewsDue = true;
    setTimeout(() => {
      this.#isNewsDue = false;
      this.verification = this.#verifier?.report(this.isOver) ?? null;
    }, NEWS_MS);
  }

  /** The sealed bytes of one file, checked against its leaf: for the export. null when the server does not have it. */
  sealed = async (entry: { stream: string; index: number }): Promise<Bytes | null> => {
    const verifier = this.#verifier;
    if (verifier === null) throw new TypeError("nothing is verified yet");
    const file = await this.#bench.api.segment(this.attempt, entry.stream, entry.index);
    if (file === null) verifier.markMissing(entry.stream, entry.index);
    // A damaged file is recorded as a problem and exported as it is: the verifier will name it too.
    else await verifier.checkFile(entry.stream, entry.index, file).catch(() => undefined);
    this.#tell();
    return file;
  };

  /** Checks the hash of every file that nobody looked at yet, a few at a time, until all are checked. */
  async checkAll(signal: AbortSignal): Promise<void> {
    const waiting = (this.#verifier?.segments ?? []).filter((entry) => entry.state === "unchecked");
    const line = waiting.values();
    const work = async (): Promise<void> => {
      for (const entry of line) {
        await this.#courtesy.quiet();
        if (signal.aborted) return;
        await this.sealed(entry);
      }
    };
    await Promise.all(Array.from({ length: ABREAST }, work));
    this.verification = this.#verifier?.report(this.isOver) ?? null;
  }

  /** All JSON values of a text stream, in order. */
  async texts(stream: "events" | "agreement" | "checks"): Promise<unknown[]> {
    const entries = (this.#verifier?.segments ?? []).filter(
      (entry) =>
        entry.stream === stream && entry.leafIndex < (this.verification?.checkedCount ?? 0),
    );
    const values: unknown[] = [];
    for (const entry of entries) {
      await this.#courtesy.quiet();
      const page = await this.#opened(entry).catch(() => null);
      if (page !== null)
        values.push(...(stream === "events" ? readEvents(page) : [readObject(page)]));
    }
    return values;
  }
}

/** Lets the browser draw. */
function painted(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0);
  });
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    whenEnded(signal, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
