import { whenEnded } from "../../lifetime.ts";
import type { ExamPage } from "../../messages.ts";
import { words } from "../words.ts";
import { button, make } from "./elements.ts";
import { placement } from "./placement.ts";
import { reserveRoom } from "./room.ts";
import { STYLE } from "./style.ts";
import { timeText } from "./view.ts";
import type { View } from "./view.ts";

type Exam = Extract<ExamPage, { is: "exam" }>;

export interface BarActions {
  finish: () => Promise<void>;
  help: () => Promise<void>;
}

interface Parts {
  host: HTMLElement;
  root: ShadowRoot;
  bar: HTMLElement;
  recording: HTMLElement;
  upload: HTMLElement;
  time: HTMLElement;
  urgent: HTMLButtonElement;
  end: HTMLElement;
}

/**
 * Puts the bar on a page of the quiz, in a closed shadow root: the page can neither read nor style it, and
 * it comes back when the page takes it out. Ends with `signal`.
 * @returns draws a view
 */
export function mountBar(
  exam: Exam,
  actions: BarActions,
  signal: AbortSignal,
): (view: View) => void {
  const parts = build(exam, actions, signal);
  keepIn(document, parts.host, signal);
  reserveRoom(document, parts, signal);
  const tick = setInterval(() => {
    parts.time.textContent = timeText(exam, Date.now());
  }, 1000);
  whenEnded(signal, () => {
    clearInterval(tick);
    parts.host.remove();
  });
  return (view) => {
    draw(parts, view, exam);
  };
}

function draw(parts: Parts, view: View, exam: Exam): void {
  parts.bar.classList.remove("good", "warn", "bad", "over");
  parts.bar.classList.add(view.isOver ? "over" : view.tone);
  set(parts.recording, view.recording);
  set(parts.upload, view.upload);
  parts.urgent.hidden = view.needsHelp === null;
  set(parts.urgent, view.needsHelp ?? "");
  parts.end.hidden = view.isOver || !exam.end_button;
}

/** Changed text only: a live region says each change aloud. */
function set(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function build(exam: Exam, actions: BarActions, signal: AbortSignal): Parts {
  const host = document.createElement("invigil-bar");
  const root = host.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  const bar = make("section", "bar");
  bar.setAttribute("aria-label", words.toolbar.label);
  const dot = make("span", "dot");
  dot.setAttribute("aria-hidden", "true");
  const recording = make("span", "recording");
  recording.setAttribute("role", "status");
  const time = make("span", "time", timeText(exam, Date.now()));
  const since = make("span", "since", words.toolbar.since);
  const upload = make("span", "upload");
  const urgent = button("", () => void actions.help(), signal);
  urgent.className = "urgent";
  const end = endControl(actions, signal);
  bar.append(
    dot,
    recording,
    time,
    since,
    upload,
    urgent,
    end,
    button(words.toolbar.help, () => void actions.help(), signal),
    ...placement(bar, signal),
  );
  root.append(bar);
  return { host, root, bar, recording, upload, time, urgent, end };
}

/** The candidate's own end, asked twice in place: no browser dialogue that a page could imitate. */
function endControl(actions: BarActions, signal: AbortSignal): HTMLElement {
  const group = make("span", "end");
  const sure = make("span", "sure", words.toolbar.endSure);
  sure.setAttribute("role", "alert");
  const yes = button(words.toolbar.endYes, () => void actions.finish(), signal);
  const no = button(
    words.toolbar.endNo,
    () => {
      ask(false);
    },
    signal,
  );
  const first = button(
    words.toolbar.end,
    () => {
      ask(true);
    },
    signal,
  );
  function ask(isAsking: boolean): void {
    for (const part of [sure, yes, no]) part.hidden = !isAsking;
    first.hidden = isAsking;
    group.classList.toggle("asking", isAsking);
    (isAsking ? no : first).focus();
  }
  for (const part of [sure, yes, no]) part.hidden = true;
  group.append(first, sure, yes, no);
  return group;
}

/** At the very end of the page: what keeps its room clear of the bar stands below everything else. */
function keepIn(page: Document, host: HTMLElement, signal: AbortSignal): void {
  const home = page.documentElement;
  const put = (): void => {
    const isAbove = host.nextElementSibling instanceof HTMLBodyElement;
    if (host.parentElement !== home || isAbove) home.append(host);
  };
  put();
  const watch = new MutationObserver(put);
  watch.observe(home, { childList: true });
  whenEnded(signal, () => {
    watch.disconnect();
  });
}
