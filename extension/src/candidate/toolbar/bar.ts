import { whenEnded } from "../../lifetime.ts";
import type { ExamPage } from "../../messages.ts";
import { words } from "../words.ts";
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
  bar: HTMLElement;
  recording: HTMLElement;
  upload: HTMLElement;
  time: HTMLElement;
  urgent: HTMLButtonElement;
  end: HTMLElement;
}

/** Where the candidate put the bar: kept for this tab only, and no secret. */
const PLACE_KEY = "invigil-bar";

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
  host.style.setProperty("display", "block", "important");
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
  const upload = make("span", "quiet");
  const time = make("span", "quiet", timeText(exam, Date.now()));
  const urgent = button("", () => void actions.help(), signal);
  urgent.className = "urgent";
  const end = endControl(actions, signal);
  bar.append(
    dot,
    recording,
    upload,
    time,
    urgent,
    end,
    button(words.toolbar.help, () => void actions.help(), signal),
    ...placement(bar, signal),
  );
  root.append(bar);
  return { host, bar, recording, upload, time, urgent, end };
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
    (isAsking ? no : first).focus();
  }
  for (const part of [sure, yes, no]) part.hidden = true;
  group.append(first, sure, yes, no);
  return group;
}

function placement(bar: HTMLElement, signal: AbortSignal): HTMLElement[] {
  const kept = (sessionStorage.getItem(PLACE_KEY) ?? "").split(" ");
  for (const name of ["small", "left"]) bar.classList.toggle(name, kept.includes(name));
  const keep = (name: string): void => {
    bar.classList.toggle(name);
    sessionStorage.setItem(
      PLACE_KEY,
      ["small", "left"].filter((one) => bar.classList.contains(one)).join(" "),
    );
  };
  const move = button(
    "⇄",
    () => {
      keep("left");
    },
    signal,
  );
  move.setAttribute("aria-label", words.toolbar.move);
  const fold = button(
    "",
    () => {
      keep("small");
      name();
    },
    signal,
  );
  fold.className = "fold";
  function name(): void {
    const isSmall = bar.classList.contains("small");
    fold.textContent = isSmall ? "⛨" : "–";
    fold.setAttribute("aria-label", isSmall ? words.toolbar.expand : words.toolbar.collapse);
    fold.setAttribute("aria-expanded", String(!isSmall));
  }
  name();
  return [move, fold];
}

function make(tag: string, className: string, text = ""): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  element.textContent = text;
  return element;
}

/** Heard only when a person pressed it: a page's scripted click is no wish of the candidate. */
function button(text: string, press: () => void, signal: AbortSignal): HTMLButtonElement {
  const element = document.createElement("button");
  element.type = "button";
  element.textContent = text;
  element.addEventListener(
    "click",
    (event) => {
      if (event.isTrusted) press();
    },
    { signal },
  );
  return element;
}

function keepIn(page: Document, host: HTMLElement, signal: AbortSignal): void {
  const home = page.documentElement;
  const put = (): void => {
    if (host.parentElement !== home) home.append(host);
  };
  put();
  const watch = new MutationObserver(put);
  watch.observe(home, { childList: true });
  whenEnded(signal, () => {
    watch.disconnect();
  });
}
