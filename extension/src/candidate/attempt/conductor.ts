import { browser } from "../../browser.ts";
import { Trouble, trouble } from "../../problems.ts";
import type { SourceOpened } from "../../messages.ts";
import { holdsPermissions } from "../permissions/needed.ts";
import { givePermissionsBack } from "../permissions/give-back.ts";
import { attachToQuiz, detachFromQuiz, holdAccessCode } from "../attach/quiz.ts";
import { checkKey } from "../trust/check.ts";
import type { Checked } from "../trust/check.ts";
import { askRecorder, closeRecorder } from "./offscreen.ts";
import { openChecks, usedSources } from "./reducer.ts";
import { callsFor, destroySecrets, heldToken } from "./secrets.ts";
import type { AttemptRecord, EndCause, Receipt, Source } from "./state.ts";
import type { AttemptStore } from "./store.ts";

const WATCH = "attempt-watch";
const WATCH_MIN = 0.5;
export const CANDIDATE_PAGE = "candidate.html";

/** The steps of an attempt that more than one message leads to. Each can be repeated after it failed. */
export class Conductor {
  readonly #store: AttemptStore;

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

  /** @throws Trouble `checks-open`, `permission-missing`, or the server's */
  async ready(): Promise<AttemptRecord> {
    const record = await this.#store.expect();
    if (record.phase === "ready") return record;
    if (openChecks(record).length > 0) throw trouble("checks-open");
    if (!(await holdsPermissions(record.exam.settings))) throw trouble("permission-missing");
    await (await callsFor(record)).transition("ready");
    return this.#store.apply({ kind: "checks-passed" });
  }

  /** Trust, log, server, recording, quiz: in this order, so that no exam runs unrecorded. */
  async start(tab: number | null): Promise<AttemptRecord> {
    const record = await this.#store.expect();
    if (record.phase === "recording") return record;
    if (record.phase !== "ready") throw trouble("not-now");
    const { material } = await this.checkKey(record);
    if (material === null) throw trouble("key-refused");
    const order = { record, trust: material, client_version: browser.version() };
    const { opened_at } = await askRecorder("log.open", order);
    await this.#store.apply({ kind: "opened", at: opened_at });
    const { quiz, started } = await (await callsFor(record)).start();
    await askRecorder("recording.begin", { record });
    await holdAccessCode(record.attempt.id, quiz.access_code);
    await this.#store.apply({ kind: "started", at: started });
    await this.#sourcesLive(record);
    await this.watch();
    await attachToQuiz(record);
    await this.openQuiz(tab);
    return this.#store.expect();
  }

  /** Records again after an interruption; the hole is declared as one. */
  async resume(tab: number | null): Promise<AttemptRecord> {
    const record = await this.#store.expect();
    if (record.phase !== "interrupted") throw trouble("not-now");
    if (!(await holdsPermissions(record.exam.settings))) throw trouble("permission-missing");
    const calls = await callsFor(record);
    await calls.transition("running");
    const { quiz } = await calls.start();
    await askRecorder("recording.begin", { record });
    await holdAccessCode(record.attempt.id, quiz.access_code);
    await this.#store.apply({ kind: "resumed" });
    await this.#sourcesLive(record);
    await this.watch();
    await attachToQuiz(record);
    await this.openQuiz(tab);
    return this.#store.expect();
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

  async openSource(source: Source, device_id?: string): Promise<SourceOpened> {
    const order = device_id === undefined ? { source } : { source, device_id };
    const opened = await askRecorder("source.open", order);
    if (opened.is === "live") {
      const state = { is: "live", label: opened.label } as const;
      await this.#store.apply({ kind: "source-changed", source, state });
    }
    return opened;
  }

  /** Ends the recording. What follows (uploads, close, receipt) goes on by itself. */
  async finish(cause: EndCause, page_tab: number | null): Promise<AttemptRecord> {
    const before = await this.#store.expect();
    if (before.phase === "finishing" || before.phase === "closed") return before;
    const record = await this.#store.apply({ kind: "ended", at: Date.now(), cause });
    await this.note("ended", { cause });
    await this.showPage(page_tab);
    await this.close(record);
    return record;
  }

  /** Shows the attempt's page: in `page_tab` if it is open there, else in a new tab. */
  async showPage(page_tab: number | null): Promise<void> {
    if (page_tab !== null && (await browser.showTab(page_tab))) return;
    await browser.openTab(browser.url(CANDIDATE_PAGE));
  }

  /** Closes the log of an ended attempt; found again after every wake until the receipt is there. */
  async close(record: AttemptRecord): Promise<void> {
    await askRecorder("recording.end", { record });
    await this.#tellServerEnded(record);
  }

  /**
   * The last receipt is here. Only once it is kept are secrets and log destroyed, and everything that was lent is given
   * back. Repeatable: the recorder tells it until it is closed.
   */
  async closed(receipt: Receipt): Promise<void> {
    const known = await this.#store.expect();
    const is_kept = known.phase === "closed";
    const record = is_kept ? known : await this.#store.apply({ kind: "closed", receipt });
    await browser.store("local", "last-receipt", receipt);
    await this.#tellServerEnded(record);
    await destroySecrets(record.attempt.id);
    await this.letGo();
  }

  /** Nothing runs any more: no recorder, no script in any page, no permission. */
  async letGo(): Promise<void> {
    await browser.clearAlarm(WATCH);
    await detachFromQuiz();
    await closeRecorder();
    await givePermissionsBack();
  }

  async watch(): Promise<void> {
    await browser.setAlarm(WATCH, WATCH_MIN);
  }

  async note(event: string, facts: Record<string, string | number | boolean>): Promise<void> {
    try {
      await askRecorder("event.note", { event, facts });
    } catch (error) {
      // Without a recorder there is no stream to note it in; the gap will tell.
      if (!(error instanceof Trouble)) throw error;
    }
  }

  async #sourcesLive(record: AttemptRecord): Promise<void> {
    for (const source of usedSources(record)) {
      if (record.sources[source].is === "live") continue;
      await this.#store.apply({ kind: "source-changed", source, state: { is: "live", label: "" } });
    }
  }

  /** The server also learns it from the close; this is sooner, and may fail. */
  async #tellServerEnded(record: AttemptRecord): Promise<void> {
    const token = await heldToken(record.attempt.id);
    if (token === null) return;
    try {
      await (await callsFor(record)).transition("ended");
    } catch (error) {
      if (!(error instanceof Trouble)) throw error;
    }
  }
}
