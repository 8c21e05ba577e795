import { browser } from "../../browser.ts";
import { answer, ask, RECORDER_PORT } from "../../messages.ts";
import type { FromRecorder, Handlers, ToRecorder } from "../../messages.ts";
import { callOver } from "../evidence/line.ts";
import type { EvidenceNews, EvidenceOrders } from "../evidence/orders.ts";
import { Recorder } from "./recorder.ts";

type Table = { [K in keyof FromRecorder]: FromRecorder[K] };

const RECONNECT_MS = 1_000;

/** Wires the offscreen document: the recorder, its worker, and the messages of the background. */
export function openRecorder(worker: Worker): void {
  const life = new AbortController();
  const tell = <K extends keyof FromRecorder>(kind: K, body: FromRecorder[K]["ask"]): void => {
    // A background that cannot be reached reads the state anew when it wakes.
    void ask<Table, K>("background", kind, body);
  };
  const hear = (news: EvidenceNews): void => {
    recorder.hear(news);
  };
  const recorder: Recorder = new Recorder({
    evidence: callOver<EvidenceOrders, EvidenceNews>(worker, hear, life.signal),
    onLost: (loss) => {
      tell("recorder.source-lost", loss);
    },
    onProgress: (progress) => {
      tell("recorder.progress", { progress });
    },
    onClosed: (receipt) => {
      tell("recorder.closed", { receipt });
    },
    onServerState: (state) => {
      tell("recorder.server-state", { state });
    },
    onTrouble: (problem) => {
      tell("recorder.trouble", { problem });
    },
    report,
  });
  answer("recorder", { background: handlersOf(recorder) }, report);
  holdPort();
}

/** By the end of this port the background hears that this document is gone. A background that died gets a new one. */
function holdPort(): void {
  browser.connect(RECORDER_PORT).onDisconnect.addListener(() => setTimeout(holdPort, RECONNECT_MS));
}

function handlersOf(recorder: Recorder): Handlers<ToRecorder, "background"> {
  return {
    "source.open": ({ source, ...device }) => recorder.open(source, device),
    async "source.close"({ source }) {
      recorder.close(source);
      return Promise.resolve(null);
    },
    "log.open": (order) => recorder.openLog(order),
    async "sources.open"({ record }) {
      await recorder.openSources(record);
      return null;
    },
    "recording.begin": (order) => recorder.begin(order),
    async "upload.resume"({ record }) {
      await recorder.resumeUpload(record);
      return null;
    },
    async "recording.end"({ record }) {
      await recorder.end(record);
      return null;
    },
    async "event.note"({ event, facts }) {
      recorder.note(event, facts);
      return Promise.resolve(null);
    },
    "progress.get": () => Promise.resolve(recorder.progress),
  };
}

function report(error: unknown): void {
  // eslint-disable-next-line no-console -- the one way a defect in a hidden document can be seen
  console.error(error);
}
