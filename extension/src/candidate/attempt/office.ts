import { browser } from "../../browser.ts";
import { answer, RECORDER_PORT, speakerOf } from "../../messages.ts";
import type { Port } from "../../browser.ts";
import { givePermissionsBack } from "../permissions/give-back.ts";
import { Audience } from "./audience.ts";
import { CANDIDATE_PAGE, Conductor } from "./conductor.ts";
import { watch } from "./lending.ts";
import { examDesk, recorderDesk } from "./news-desk.ts";
import { pageDesk } from "./page-desk.ts";
import type { Office } from "./page-desk.ts";
import { mustBeKept } from "./reducer.ts";
import { destroySecrets } from "./secrets.ts";
import { AttemptStore } from "./store.ts";
import { whichWake } from "./wake.ts";

/** A page that is loaded again is away for a moment. */
const RELOAD_MS = 2_000;

/**
 * The candidate's side of the background. Every listener is registered in the first turn of the event loop, so that an
 * event which woke the service worker is not missed.
 */
export function openOffice(): void {
  const lookAfter = (): void => {
    conductor.lookAfter().catch(report);
  };
  const lookSoon = (): void => {
    setTimeout(lookAfter, RELOAD_MS);
  };
  const audience = new Audience(lookSoon);
  const store = new AttemptStore((record) => {
    audience.tellRecord(record);
  });
  const conductor = new Conductor(store);
  const office: Office = { store, audience, conductor };
  answer(
    "background",
    { page: pageDesk(office), recorder: recorderDesk(office), exam: examDesk(office) },
    report,
  );
  browser.onConnect((port) => {
    if (isOfRecorder(port)) {
      // Its end is the recorder's: whoever was recorded is not any more.
      port.onDisconnect.addListener(lookAfter);
      return;
    }
    store
      .get()
      .then((record) => {
        audience.admit(port, record);
      })
      .catch(report);
  });
  browser.onTabClosed((tab) => {
    audience.left(tab);
    lookSoon();
    examTabClosed(office, tab).catch(report);
  });
  browser.onAlarm(lookAfter);
  browser.onStartup(() => undefined);
  wake(office).catch(report);
}

async function wake(office: Office): Promise<void> {
  const which = await whichWake();
  if (which === "wake-up") return office.conductor.lookAfter();
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
  await watch();
  await office.conductor.lookAfter();
  await browser.openTab(browser.url(CANDIDATE_PAGE));
}

/** The recording goes on without the quiz, so nobody is left without a page that says so and leads back. */
async function examTabClosed({ store, conductor }: Office, tab: number): Promise<void> {
  const record = await store.get();
  if (record?.exam_tab !== tab) return;
  await store.apply({ kind: "exam-tab-changed", tab: null });
  if (record.phase !== "recording") return;
  await conductor.note("exam-tab-closed", {});
  await conductor.showPage();
}

function isOfRecorder(port: Port): boolean {
  if (port.name !== RECORDER_PORT || port.sender === undefined) return false;
  return speakerOf(port.sender).is === "recorder";
}

function report(error: unknown): void {
  // eslint-disable-next-line no-console -- the extension's own console is where a defect can be seen
  console.error(error);
}
