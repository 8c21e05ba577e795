import { browser } from "../../browser.ts";
import { Trouble, trouble } from "../../problems.ts";
import type { Begun, SourceOpened } from "../../messages.ts";
import { Turns } from "../../turns.ts";
import { OVER, SITTING } from "../../wire.ts";
import { holdsPermissions } from "../permissions/needed.ts";
import { attachToQuiz, holdAccessCode } from "../attach/quiz.ts";
import { checkKey } from "../trust/check.ts";
import type { Checked } from "../trust/check.ts";
import { letGo, watch } from "./lending.ts";
import { askRecorder, isRecording } from "./offscreen.ts";
import { openChecks } from "./reducer.ts";
import { callsFor, destroySecrets, heldToken } from "./secrets.ts";
import { SOURCES } from "./state.ts";
import type {
  AttemptEvent,
  AttemptRecord,
  EndCause,
  FailureReason,
  Phase,
  Receipt,
  Source,
  SourceState,
} from "./state.ts";
import type { AttemptStore } from "./store.ts";

export const CANDIDATE_PAGE = "candidate.html";
const STAFF_PAGE = "staff.html";
/** Before the exam: the candidate may leave, and then nothing may be open. */
const BEFORE: ReadonlySet<Phase> = new Set<Phase>(["launched", "agreed", "checking", "ready"]);

/** The steps of an attempt that more than one message leads to. Each can be repeated after it failed. */
export class Conductor {
  readonly #store: AttemptStore;
  readonly #turns = new Turns();

  constructor(store: AttemptStore) {
    this.#store = store;
  }

  /** @throws Trouble when the server cannot be asked */
  async checkKey(record: AttemptRecord): Promise<Checked> {
    const token = await heldToken(record.attempt.id);
    if (token === null) throw trouble("secrets-lost");
    const checked = await checkKey(record, token);
    await this.#store.apply({ kind: "key-checked", key: checked.standing });
    return checked;
  }

  /** @throws Trouble, the server's */
  async beginChecks(): Promise<AttemptRecord> {
    const calls = await callsFor(await this.#store.expect());
    return this.#orCatchUp(async () => {
      // The server goes back to the beginning before it checks again.
      if ((await calls.get()).state === "ready") await calls.transition("created");
      await calls.transition("checking");
      await watch();
      return this.#store.apply({ kind: "checks-begun" });
    });
  }

  /** @throws Trouble `checks-open`, `permission-missing`, or the server's */
  async ready(): Promise<AttemptRecord> {
    const record = await this.#store.expect();
    if (record.phase === "ready") return record;
    if (openChecks(record).length > 0) throw trouble("checks-open");
    if (!(await holdsPermissions(record.exam.settings))) throw trouble("permission-missing");
    return this.#orCatchUp(async () => {
      await (await callsFor(record)).transition("ready");
      return this.#store.apply({ kind: "checks-passed" });
    });
  }

  start(tab: number | null): Promise<AttemptRecord> {
    return this.#turns.take(() => this.#orCatchUp(() => this.#start(tab)));
  }

  /** Records again after an interruption; the hole is declared as one. Goes to the quiz where all is as it was. */
  resume(tab: number | null): Promise<AttemptRecord> {
    return this.#turns.take(() => this.#resume(tab));
  }

  /** Trust, devices, log, server, recording, quiz: in this order, so that no exam runs unrecorded. */
  async #start(tab: number | null): Promise<AttemptRecord> {
    const record = await this.#store.expect();
    if (record.phase === "recording") return record;
    if (record.phase !== "ready") throw trouble("not-now");
    const { material } = await this.checkKey(record);
    if (material === null) throw trouble("key-refused");
    await askRecorder("sources.open", { record });
    const order = { record, trust: material, client_version: browser.version() };
    const { opened_at } = await askRecorder("log.open", order);
    await this.#store.apply({ kind: "opened", at: opened_at });
    await this.#sit(record, (at) => ({ kind: "started", at }));
    await this.openQuiz(tab);
    return this.#store.expect();
  }

  async #resume(tab: number | null): Promise<AttemptRecord> {
    const record = await this.#store.expect();
    if (record.phase === "recording") return record;
    if (record.phase !== "interrupted") throw trouble("not-now");
    if (!(await holdsPermissions(record.exam.settings))) throw trouble("permission-missing");
    await (await callsFor(record)).transition("running");
    const begun = await this.#sit(record, () => ({ kind: "resumed" }));
    // Else the page that asked says what is wrong, and leads on to the quiz.
    if (Object.values(begun).every(isAsChosen)) await this.openQuiz(tab);
    return this.#store.expect();
  }

  /** The exam runs at the server, then the recording, then the quiz may be shown. */
  async #sit(record: AttemptRecord, eventAt: (at: number) => AttemptEvent): Promise<Begun> {
    const { quiz, started } = await (await callsFor(record)).start();
    try {
      const begun = await askRecorder("recording.begin", { record });
      await holdAccessCode(record.attempt.id, quiz.access_code);
      await this.#store.apply(eventAt(started));
      await this.#sourcesBegan(begun);
      await watch();
      await attachToQuiz(record);
      return begun;
    } catch (error) {
      // The server's exam cannot be begun a second time: from here on it is gone on with.
      await this.#store.apply({ kind: "interrupted", at: Date.now(), cause: "crash" });
      throw error;
    }
  }

  /**
   * A step before the exam, which the server refuses when its exam runs or is over: an earlier start was cut off after
   * the server's part. Then the record catches up, and is gone on with.
   */
  async #orCatchUp(step: () => Promise<AttemptRecord>): Promise<AttemptRecord> {
    try {
      return await step();
    } catch (error) {
      if (!isTrouble(error, "transition-refused")) throw error;
      const { state } = await (await callsFor(await this.#store.expect())).get();
      if (SITTING.has(state)) {
        return this.#store.apply({ kind: "interrupted", at: Date.now(), cause: "crash" });
      }
      if (OVER.has(state)) return this.#fail("attempt-over");
      throw error;
    }
  }

  /** Shows the quiz: in its tab if that is open, else in `tab`, else in a new one. */
  async openQuiz(tab: number | null): Promise<void> {
    const record = await this.#store.expect();
    if (record.exam_tab !== null && (await browser.showTab(record.exam_tab))) return;
    const { launch_url } = record.exam.settings.quiz;
    if (tab !== null) await browser.goTo(tab, launch_url);
    const exam_tab = tab ?? (await browser.openTab(launch_url));
    await this.#store.apply({ kind: "exam-tab-changed", tab: exam_tab });
  }

  /** Opens the device that is named, or else the one that the candidate chose before. */
  async openSource(source: Source, device_id?: string): Promise<SourceOpened> {
    const record = await this.#store.expect();
    const opened = await askRecorder("source.open", {
      source,
      ...deviceFor(record, source, device_id),
    });
    if (opened.is === "refused") return opened;
    const { label, is_substitute } = opened;
    const state = { is: "live", label, is_substitute } as const;
    await this.#store.apply({ kind: "source-changed", source, state });
    if (source !== "screen" && device_id !== undefined)
      await this.#store.apply({ kind: "device-chosen", source, device_id });
    // Only tried out: what the exam does not record is not held open either.
    if (record.sources[source].is === "unused") await askRecorder("source.close", { source });
    return opened;
  }

  /** Ends the recording. What follows (uploads, close, receipt) goes on by itself. */
  finish(cause: EndCause): Promise<AttemptRecord> {
    return this.#turns.take(async () => {
      const before = await this.#store.expect();
      if (before.phase === "finishing" || before.phase === "closed") return before;
      const record = await this.#store.apply({ kind: "ended", at: Date.now(), cause });
      await this.note("ended", { cause });
      try {
        await askRecorder("recording.end", { record });
      } finally {
        await this.showPage();
      }
      await this.#tellServer(record, "ended");
      return record;
    });
  }

  /** Shows the attempt's page: in its tab if it is open, else in a new one. */
  async showPage(): Promise<void> {
    const address = browser.url(CANDIDATE_PAGE);
    const page = (await browser.ownPages()).find(({ url }) => url.startsWith(address));
    if (page !== undefined && (await browser.showTab(page.tab))) return;
    await browser.openTab(address);
  }

  /**
   * The last receipt is here. Only once it is kept are secrets and log destroyed, and everything that was lent is given
   * back. Repeatable: the recorder tells it until it is closed.
   */
  closed(receipt: Receipt): Promise<void> {
    return this.#turns.take(async () => {
      const known = await this.#store.expect();
      const is_kept = known.phase === "closed";
      const record = is_kept ? known : await this.#store.apply({ kind: "closed", receipt });
      await this.#tellServer(record, "ended");
      await destroySecrets(record.attempt.id);
      await letGo();
    });
  }

  /** The candidate went away before the exam: nothing stays open, and coming back begins at the checks. */
  leave(): Promise<AttemptRecord> {
    return this.#turns.take(async () => {
      await this.#leave(await this.#store.expect());
      return this.#store.expect();
    });
  }

  /**
   * Puts right what a crash or a closed tab left, again and again: nobody recording, an end that was not brought to its
   * end, something open or lent that nobody needs.
   */
  lookAfter(): Promise<void> {
    return this.#turns.take(async () => {
      const record = await this.#store.get();
      if (record === null || record.phase === "closed" || record.phase === "failed") await letGo();
      else if (!BEFORE.has(record.phase)) await this.#goOn(record);
      else if (!(await isAttended())) await this.#leave(record);
    });
  }

  async #goOn(record: AttemptRecord): Promise<void> {
    try {
      if (record.phase === "recording" && !(await isRecording())) await this.#interrupted();
      if (record.phase === "finishing") await this.#close(record);
      else await askRecorder("upload.resume", { record });
    } catch (error) {
      if (!isTrouble(error, "secrets-lost")) throw error;
      await this.#fail("secrets-lost");
    }
  }

  /** Nobody records any more: the candidate is told at once, on the page and in the bar. */
  async #interrupted(): Promise<void> {
    await this.#store.apply({ kind: "interrupted", at: Date.now(), cause: "crash" });
    await this.showPage();
  }

  /** Closes the log of an ended attempt; found again after every wake until the receipt is there. */
  async #close(record: AttemptRecord): Promise<void> {
    await askRecorder("recording.end", { record });
    await this.#tellServer(record, "ended");
  }

  async #leave(record: AttemptRecord): Promise<void> {
    if (!BEFORE.has(record.phase)) throw trouble("not-now");
    await letGo();
    if (record.phase !== "checking" && record.phase !== "ready") return;
    await this.#store.apply({ kind: "checks-left" });
    await this.#tellServer(record, "created");
  }

  async #fail(reason: FailureReason): Promise<AttemptRecord> {
    const record = await this.#store.apply({ kind: "failed", reason });
    await letGo();
    return record;
  }

  async note(event: string, facts: Record<string, string | number | boolean>): Promise<void> {
    try {
      await askRecorder("event.note", { event, facts });
    } catch (error) {
      // Without a recorder there is no stream to note it in; the gap will tell.
      if (!(error instanceof Trouble)) throw error;
    }
  }

  async #sourcesBegan(begun: Begun): Promise<void> {
    for (const source of SOURCES) {
      const state = begun[source];
      if (state !== undefined) await this.#store.apply({ kind: "source-changed", source, state });
    }
  }

  /** The server also learns it later, from the close or from the next checks; this is sooner, and may fail. */
  async #tellServer(record: AttemptRecord, state: "ended" | "created"): Promise<void> {
    const token = await heldToken(record.attempt.id);
    if (token === null) return;
    try {
      await (await callsFor(record)).transition(state);
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
    }
  }
}

/** Whether a page is open in which the candidate may act. */
async function isAttended(): Promise<boolean> {
  const staff = browser.url(STAFF_PAGE);
  return (await browser.ownPages()).some(({ url }) => !url.startsWith(staff));
}

function isAsChosen(state: SourceState): boolean {
  return state.is === "off" || (state.is === "live" && !state.is_substitute);
}

function deviceFor(
  record: AttemptRecord,
  source: Source,
  named: string | undefined,
): { device_id?: string; or_another?: boolean } {
  if (named !== undefined) return { device_id: named };
  const chosen = source === "screen" ? undefined : record.devices[source];
  return chosen === undefined ? {} : { device_id: chosen, or_another: true };
}

function isTrouble(error: unknown, code: string): boolean {
  return error instanceof Trouble && "code" in error.problem && error.problem.code === code;
}
