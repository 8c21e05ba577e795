import type { ExamPage, FromExam, FromRecorder, Handlers, Speaker } from "../../messages.ts";
import { OVER } from "../../wire.ts";
import { codeFieldOf, isOfQuiz, placeOf } from "../attach/place.ts";
import { codeWasRight, handInCode } from "../attach/quiz.ts";
import type { Office } from "./page-desk.ts";
import type { AttemptRecord, Place } from "./state.ts";

/** What the recorder tells. */
export function recorderDesk({
  store,
  conductor,
  audience,
}: Office): Handlers<FromRecorder, "recorder"> {
  return {
    async "recorder.progress"({ progress }) {
      audience.tellProgress(progress);
      return Promise.resolve(null);
    },
    async "recorder.source-lost"({ source, cause, since, restore_by }) {
      const state = { is: "lost", cause, since, restore_by } as const;
      await store.apply({ kind: "source-changed", source, state });
      return null;
    },
    async "recorder.closed"({ receipt }) {
      await conductor.closed(receipt);
      return null;
    },
    async "recorder.server-state"({ state }) {
      const record = await store.expect();
      const runs = record.phase === "recording" || record.phase === "interrupted";
      if (runs && OVER.has(state)) await conductor.finish("institution");
      return null;
    },
    async "recorder.trouble"({ problem }) {
      audience.tellTrouble(problem);
      return Promise.resolve(null);
    },
  };
}

type ExamSpeaker = Extract<Speaker, { is: "exam" }>;

/** What pages of the quiz tell. Only the exam's tab counts; another page of the quiz becomes it by being opened. */
export function examDesk(office: Office): Handlers<FromExam, "exam"> {
  const { store, conductor } = office;
  const isExamTab = async ({ tab }: ExamSpeaker): Promise<boolean> =>
    (await store.get())?.exam_tab === tab;
  return {
    "exam.page": (_, speaker) => examPage(office, speaker),
    async "exam.finish"(_, speaker) {
      if (await isExamTab(speaker)) await conductor.finish("candidate");
      return null;
    },
    async "exam.help"(_, speaker) {
      if (await isExamTab(speaker)) await conductor.showPage();
      return null;
    },
  };
}

async function examPage(office: Office, speaker: ExamSpeaker): Promise<ExamPage> {
  const record = await office.store.get();
  if (record?.phase !== "recording" && record?.phase !== "interrupted") return { is: "foreign" };
  const { quiz } = record.exam.settings;
  if (speaker.tab !== record.exam_tab) {
    if (!isOfQuiz(speaker.url, quiz)) return { is: "foreign" };
    await office.store.apply({ kind: "exam-tab-changed", tab: speaker.tab });
  }
  await arrive(office, record, speaker);
  const { title, settings } = record.exam;
  return {
    is: "exam",
    exam_title: title,
    end_button: quiz.end_button,
    started_at: record.started_at ?? Date.now(),
    duration_min: settings.duration_min,
  };
}

async function openQuizPage(
  { attempt, exam }: AttemptRecord,
  speaker: ExamSpeaker,
  seen: Place,
): Promise<void> {
  if (seen === "taking") await codeWasRight(attempt.id);
  // Who comes back to a quiz that has begun (after a crash, say) is asked for the code again.
  const field = codeFieldOf(speaker.url, exam.settings.quiz);
  if (field !== "none") await handInCode(attempt.id, speaker, field);
}

async function arrive(office: Office, record: AttemptRecord, speaker: ExamSpeaker): Promise<void> {
  const { store, conductor } = office;
  const seen = placeOf(speaker.url, record.exam.settings.quiz);
  const has_taken = record.place === "taking";
  // Once begun, a page in between (a summary, a help text) is still the exam.
  const place = has_taken && seen !== "after" ? "taking" : seen;
  if (place !== record.place) {
    await store.apply({ kind: "place-changed", place });
    await conductor.note("place", { place });
  }
  // Nobody is let into the quiz unrecorded.
  if (record.phase === "recording") await openQuizPage(record, speaker, seen);
  // Who looks at an earlier attempt's result before having begun has not handed in.
  if (place === "after" && has_taken) await conductor.finish("handed-in");
}
