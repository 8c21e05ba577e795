import type { Bytes } from "@invigil/sealed";
import { next, whenEnded } from "../../lifetime.ts";
import { typeOf } from "./codecs.ts";
import { isSame, parts } from "./initialisation.ts";
import { picturesIn } from "./pictures.ts";
import type { Tape, TapeFile } from "./tape.ts";

/** How much is kept behind the playhead. */
const BEHIND_S = 45;
/** A stretch may begin so much after the moment that its file names. */
const SEAM_MS = 250;
/** The last picture of a stretch stands this long before its end, at the most; */
const LAST_MS = 150;
/** and stays until so much after it: longer is a gap, which the timeline shows. */
const GAP_MS = 1_500 + LAST_MS;
/** Chromium shows a picture when it has so many behind it; on a still screen that is a file for each. */
const SHOWN_WITH = 4;
/** Files fetched and opened side by side. */
const ABREAST = 12;

/**
 * Feeds one stream into one video element through MediaSource, around wherever the playhead is.
 * Delta files are only ever appended behind their predecessor: a decoder would show rubbish otherwise.
 */
export class Reel<F extends TapeFile> {
  readonly video: HTMLVideoElement;
  readonly tape: Tape<F>;
  readonly #open: (file: F) => Promise<Bytes>;
  readonly #source = new MediaSource();
  readonly #ready: Promise<void>;
  readonly #address: string;
  #buffer: SourceBuffer | null = null;
  #type = "";
  #initialisation: Uint8Array = new Uint8Array();
  /** Place of the file appended last; -1: nothing, or the run was broken. */
  #cursor = -1;
  /** Places appended and not evicted since, each with its number of pictures. */
  readonly #held = new Map<number, number>();
  #feeding: Promise<void> = Promise.resolve();
  #wish: { fromMs: number; toMs: number } | null = null;

  /** @param open fetches, verifies and decrypts one file; when it throws, the file is left out */
  constructor(
    video: HTMLVideoElement,
    tape: Tape<F>,
    open: (file: F) => Promise<Bytes>,
    signal: AbortSignal,
  ) {
    this.video = video;
    this.tape = tape;
    this.#open = open;
    this.#address = URL.createObjectURL(this.#source);
    this.#ready = next(this.#source, "sourceopen");
    video.src = this.#address;
    whenEnded(signal, () => {
      this.#end();
    });
  }

  #end(): void {
    this.#wish = null;
    this.video.removeAttribute("src");
    this.video.load();
    URL.revokeObjectURL(this.#address);
  }

  /**
   * Where to be in the video for the picture of `ms`: there, at the first picture right after it, or in a seam at the
   * last one before; null: nowhere yet.
   */
  landing(ms: number): number | null {
    let before: number | null = null;
    const { buffered } = this.video;
    for (let range = 0; range < buffered.length; range += 1) {
      const [start, end] = [buffered.start(range) * 1000, buffered.end(range) * 1000];
      if (start <= ms + SEAM_MS && ms < end) return Math.max(ms, start + 1);
      if (end <= ms) before = Math.max(start + 1, end - LAST_MS);
    }
    const isSeam = before !== null && ms - before < GAP_MS && this.isFed(ms);
    return isSeam ? before : null;
  }

  /** Whether the file of `ms` has been given to the player: if there is no picture then, none will come. */
  isFed(ms: number): boolean {
    return this.#held.has(this.tape.placeAt(ms));
  }

  /** Sees to it that `ms` and so much after it are there. Only the newest wish is worked on. */
  want(ms: number, aheadMs: number): void {
    // It met a file that it could not play, and takes no other.
    if (this.video.error !== null) return;
    const isIdle = this.#wish === null;
    this.#wish = { fromMs: ms, toMs: ms + aheadMs };
    if (isIdle) this.#feeding = this.#feeding.then(() => this.#feed());
  }

  async #feed(): Promise<void> {
    await this.#ready;
    for (let wish = this.#wish; wish !== null; wish = this.#wish) {
      const next = this.#nextBatch(wish);
      if (next.length === 0) {
        this.#wish = null;
        this.#tellEnd();
        return;
      }
      try {
        await this.#append(next, wish);
      } catch {
        // Full, or a file that this browser cannot play: begin anew at the next wish, never in this turn.
        this.#held.clear();
        this.#cursor = -1;
        this.#initialisation = new Uint8Array();
        this.#wish = null;
        return;
      }
    }
  }

  /** At the end a player waits for more, and shows nothing, unless it is told that there is no more. */
  #tellEnd(): void {
    const isAtEnd = this.tape.isComplete && this.#held.has(this.tape.files.length - 1);
    if (isAtEnd && this.#source.readyState === "open") this.#source.endOfStream();
  }

  /** The next places to append for a wish, in order. */
  #nextBatch({ fromMs, toMs }: { fromMs: number; toMs: number }): number[] {
    const run = this.tape.run(fromMs, toMs);
    if (run === null) return [];
    const last = run.last + this.#lacking(fromMs, run);
    let start = run.first;
    while (start <= last && this.#held.has(start)) start += 1;
    // A run that goes on elsewhere begins again at its whole file.
    if (start <= last && start !== this.#cursor + 1)
      while (start > 0 && this.tape.files[start]?.continuity === "delta") start -= 1;
    const count = Math.max(0, Math.min(ABREAST, last - start + 1));
    return Array.from({ length: count }, (_, step) => start + step);
  }

  /** How many files behind a whole run it takes at the most until the picture of `ms` is shown: each has one or more. */
  #lacking(ms: number, { first, last }: { first: number; last: number }): number {
    for (let place = first; place <= last; place += 1) if (!this.#held.has(place)) return 0;
    let pictures = 0;
    for (let place = this.tape.placeAt(ms) + 1; this.#held.has(place); place += 1)
      pictures += this.#held.get(place) ?? 0;
    return Math.max(0, Math.min(SHOWN_WITH - pictures, this.tape.files.length - 1 - last));
  }

  async #append(places: readonly number[], wish: object): Promise<void> {
    const opened = places.map((place) => this.#opened(place));
    for (const [step, place] of places.entries()) {
      const bytes = await opened[step];
      // Somebody sought elsewhere meanwhile: what is underway is not waited for.
      if (this.#wish !== wish && !this.#isStillWanted(place)) return;
      const pictures = bytes === null || bytes === undefined ? 0 : await this.#put(bytes);
      this.#held.set(place, pictures);
      this.#cursor = place;
    }
  }

  #isStillWanted(place: number): boolean {
    const run = this.#wish === null ? null : this.tape.run(this.#wish.fromMs, this.#wish.toMs);
    return run !== null && run.first <= place && place <= run.last + SHOWN_WITH;
  }

  async #opened(place: number): Promise<Bytes | null> {
    const file = this.tape.files[place];
    try {
      return file === undefined ? null : await this.#open(file);
    } catch {
      return null; // its problem stands in the verification; the reel shows what there is
    }
  }

  /** @returns how many pictures they were */
  async #put(bytes: Bytes): Promise<number> {
    const { initialisation, media } = parts(bytes);
    const isNew = !isSame(initialisation, this.#initialisation);
    if (isNew) this.#prepare(typeOf(bytes));
    await this.#evict();
    // An initialisation given again makes the player wait for the next whole file: deltas would not be shown.
    await this.#settled((buffer) => {
      buffer.appendBuffer(isNew ? bytes : media);
    });
    this.#initialisation = initialisation;
    return picturesIn(media);
  }

  #prepare(type: string): void {
    if (this.#buffer === null) this.#buffer = this.#source.addSourceBuffer(type);
    else if (type !== this.#type) this.#buffer.changeType(type);
    this.#type = type;
  }

  /** Forgets what lies well behind the playhead, so that a three-hour attempt fits any memory. */
  async #evict(): Promise<void> {
    const until = this.#evictableS();
    const { buffered } = this.video;
    if (until <= 0 || buffered.length === 0 || buffered.start(0) >= until) return;
    await this.#settled((buffer) => {
      buffer.remove(0, until);
    });
    for (const place of this.#held.keys())
      if ((this.tape.files[place]?.t1Ms ?? 0) <= until * 1000) this.#held.delete(place);
  }

  /** Up to where (s) nothing is needed any more. A whole file's begin: removing takes along what was decoded from it. */
  #evictableS(): number {
    // Where the playhead is going; the video itself may still be elsewhere.
    const headMs = Math.min(this.#wish?.fromMs ?? Infinity, this.video.currentTime * 1000);
    const kept = this.tape.run(headMs - BEHIND_S * 1000, headMs);
    return (this.tape.files[kept?.first ?? 0]?.t0Ms ?? 0) / 1000;
  }

  async #settled(change: (buffer: SourceBuffer) => void): Promise<void> {
    const buffer = this.#buffer;
    if (buffer === null) return;
    const settled = next(buffer, "updateend");
    change(buffer);
    await settled;
  }
}
