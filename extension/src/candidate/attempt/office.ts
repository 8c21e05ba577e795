import { browser } from "../../browser.ts";
import { answer } from "../../messages.ts";
import { Trouble } from "../../problems.ts";
import { givePermissionsBack } from "../permissions/give-back.ts";
import { Audience } from "./audience.ts";
import { CANDIDATE_PAGE, Conductor } from "./conductor.ts";
import { examDesk, recorderDesk } from "./news-desk.ts";
import { askRecorder, isRecording } from "./offscreen.ts";
import { pageDesk } from "./page-desk.ts";
import type { Office } from "./page-desk.ts";
import { mustBeKept } from "./reducer.ts";
import { destroySecrets } from "./secrets.ts";
import { AttemptStore } from "./store.ts";
import { whichWake } from "./wake.ts";

/**
 * The candidate's side of the background. Every listener is registered in the first turn of the event loop, so that an
 * event which woke the service worker is not missed.
 */
export function openOffice(): void {
  const audience = new Audience();
  const store = new AttemptStore((record) => {
    audience.tellRecord(record);
  });
  const office: Office = { store, audience, conductor: new Conductor(store) };
  answer(
    "background",
    { page: pageDesk(office), recorder: recorderDesk(office), exam: examDesk(office) },
    report,
  );
  browser.onConnect((port) => {
    store
      .get()
      .then((record) => {
        audience.admit(port, record);
      })
      .catch(report);
  });
  browser.onTabClosed((tab) => {
    audience.left(tab);
    examTabClosed(office, tab).catch(report);
  });
  browser.onAlarm(() => {
    lookAfter(office).catch(report);
  });
  browser.onStartup(() => undefined);
  wake(office).catch(report);
}

async function wake(office: Office): Promise<void> {
  const which = await whichWake();
  if (which === "wake-up") return;
  await browser.closeStorageToContentScripts();
  const record = await office.store.get();
  if (record === null || !mustBeKept(record)) {
    await givePermissionsBack();
    // The browser died between the receipt and what follows from it.
    if (record?.phase === "closed") await destroySecrets(record.attempt.id);
    if (record !== null) await office.store.apply({ kind: "browser-started", at: Date.now() });
    return;
  }
  await office.store.apply({ kind: "browser-started", at: Date.now() });
  await office.conductor.watch();
  await lookAfter(office);
  await browser.openTab(browser.url(CANDIDATE_PAGE));
}

/** Puts right what a crash left, again and again: nobody recording, or an end that was not brought to its end. */
async function lookAfter({ store, conductor }: Office): Promise<void> {
  const record = await store.get();
  if (record === null || !mustBeKept(record)) return;
  try {
    if (record.phase === "recording" && !(await isRecording())) {
      await store.apply({ kind: "interrupted", at: Date.now(), cause: "crash" });
    }
    if (record.phase === "finishing") await conductor.close(record);
    else await askRecorder("upload.resume", { record });
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    const { problem } = error;
    if (problem.kind === "local" && problem.code === "secrets-lost") {
      await store.apply({ kind: "failed", reason: "secrets-lost" });
    }
  }
}

/** The recording goes on without the quiz, so nobody is left without a page that says so and leads back. */
async function examTabClosed({ store, conductor, audience }: Office, tab: number): Promise<void> {
  const record = await store.get();
  if (record?.exam_tab !== tab) return;
  await store.apply({ kind: "exam-tab-changed", tab: null });
  if (record.phase !== "recording") return;
  await conductor.note("exam-tab-closed", {});
  await conductor.showPage(audience.pageTab);
}

function report(error: unknown): void {
  // eslint-disable-next-line no-console -- the extension's own console is where a defect can be seen
  console.error(error);
}
