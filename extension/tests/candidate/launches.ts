import { launchedRecord } from "../../src/candidate/attempt/reducer.ts";
import type { AttemptRecord, Phase } from "../../src/candidate/attempt/state.ts";
import type { RedeemedLaunch, Settings } from "../../src/wire.ts";

export const SETTINGS: Settings = {
  camera: true,
  microphone: true,
  screen: true,
  verify_camera: true,
  verify_microphone: true,
  verify_screen: true,
  one_screen: false,
  sign_agreement: true,
  agreement_text: "I agree.",
  duration_min: 60,
  quiz: {
    launch_url: "https://lms.example.org/mod/quiz/view.php?id=7",
    exam_start: "https://lms.example.org/mod/quiz/view.php*",
    exam_take: "https://lms.example.org/mod/quiz/attempt.php*",
    exam_end: "https://lms.example.org/mod/quiz/review.php*",
    end_button: true,
  },
  ai: false,
  retention_days: 180,
};

/** A redeemed launch; `settings` replace the exam's. */
export function aLaunch(settings: Partial<Settings> = {}): RedeemedLaunch {
  return {
    kind: "candidate",
    server_time: 0,
    institution: { slug: "demo", name: "Demo University" },
    attempt: {
      id: "01k00000000000000000000000",
      number: 1,
      state: "created",
      generation: 1,
      exam: {
        id: "01k00000000000000000000001",
        title: "Logic",
        course_title: "Philosophy",
        settings: { ...SETTINGS, ...settings },
        settings_version: 1,
        frozen: false,
      },
      scope: "exam/01k00000000000000000000001",
      nonce: "AAAAAAAAAAAAAAAAAAAAAA==",
      candidate: { name: "Ada" },
      opened: false,
      log_size: 0,
      retention_days: 180,
      contact: null,
    },
    attempt_token: "iat1.secret.mac",
    expires: 1,
  };
}

const WAY = { server: "https://invigil.example.org", course_root: null };

/** A record in a phase, its other fields as after the launch. */
export function aRecord(phase: Phase, settings: Partial<Settings> = {}): AttemptRecord {
  return { ...launchedRecord(aLaunch(settings), WAY), phase };
}
