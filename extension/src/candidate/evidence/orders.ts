import type { LossCause, Receipt } from "../attempt/state.ts";
import type { CapturedFile } from "../capture/packets.ts";
import type { Problem } from "../../problems.ts";
import type { TrustMaterial } from "../trust/material.ts";

/** Something that happened, for the stream `events`. `t` is ms since the opening. */
export type DiaryEvent = { t: number; kind: string } & Record<string, string | number | boolean>;

/** What the recording is about; sealed in the streams `agreement` and `checks`, and counted in `summary`. */
export interface Preamble {
  agreement: object | null;
  checks: object;
  /** Checks that were noted, not passed. */
  noted: string[];
}

/** Where a log stands when it is opened or found. */
export interface LogPlace {
  opened_ms: number;
  /** The largest time that a camera or screen file reached; 0 when nothing was recorded. */
  reached_ms: number;
}

/** Document → worker. */
export interface EvidenceOrders {
  open: {
    ask: {
      attempt: string;
      nonce: string;
      client_version: string;
      trust: TrustMaterial;
    };
    answer: LogPlace;
  };
  /** Finds what an earlier life left and sends it; null when the attempt's secrets are not here. */
  resume: { ask: { attempt: string }; answer: LogPlace | null };
  /** Begins or goes on recording: writes what is missing since the last life as a gap. */
  begin: { ask: { preamble: Preamble; now_ms: number }; answer: null };
  /** False: the file was not kept, and its loss is declared. */
  seal: { ask: CapturedFile; answer: boolean };
  /** A file could not be made: the same as one that is not kept. */
  miss: {
    ask: { stream: CapturedFile["stream"]; from_ms: number; cause: "crash" | "disk-full" };
    answer: null;
  };
  note: { ask: DiaryEvent; answer: null };
  /** The computer slept: nothing was recorded meanwhile, and the attempt's clock goes on at `to_ms`. */
  pause: { ask: { from_ms: number; to_ms: number }; answer: null };
  lose: { ask: { source: string; from_ms: number; cause: LossCause }; answer: null };
  find: { ask: { source: string; now_ms: number }; answer: null };
  /** After the last file: closes the log. The receipt follows as news. */
  end: { ask: { now_ms: number }; answer: null };
}

/** Worker → document. */
export type EvidenceNews =
  | { kind: "progress"; progress: EvidenceProgress }
  | { kind: "closed"; receipt: Receipt }
  | { kind: "server-state"; state: string }
  | { kind: "trouble"; problem: Problem };

export interface EvidenceProgress {
  upload: {
    is: "idle" | "sending" | "waiting" | "offline" | "stopped";
    files_left: number;
    bytes_left: number;
    bytes_sent: number;
    next_try_at: number | null;
    refused: boolean;
  };
  receipted: number;
  log_size: number;
  disk_left_ms: number | null;
}
