import { words } from "../words.ts";
import { button, shield } from "./elements.ts";

/** Where the candidate put the bar: kept for this tab only, and no secret. */
const PLACE_KEY = "invigil-bar";
const MARKS = ["small", "left"] as const;
/** On a window as narrow as this the bar begins small, until the candidate says otherwise. */
export const NARROW = "(max-width: 599px)";

/** The two buttons that put the bar elsewhere: into the other corner, and small or large. */
export function placement(bar: HTMLElement, signal: AbortSignal): HTMLElement[] {
  const narrow = matchMedia(NARROW);
  const kept = keptPlace();
  for (const mark of MARKS) bar.classList.toggle(mark, kept?.includes(mark) ?? false);
  let isChosen = kept !== null;
  const fold = button(
    "",
    () => {
      put("small");
    },
    signal,
  );
  fold.className = "fold";
  const move = button(
    "⇄",
    () => {
      put("left");
    },
    signal,
  );
  move.setAttribute("aria-label", words.toolbar.move);

  function put(mark: (typeof MARKS)[number]): void {
    bar.classList.toggle(mark);
    isChosen = true;
    keep(MARKS.filter((one) => bar.classList.contains(one)));
    name();
  }
  function fit(): void {
    if (!isChosen) bar.classList.toggle("small", narrow.matches);
    name();
  }
  function name(): void {
    const isSmall = bar.classList.contains("small");
    fold.replaceChildren(isSmall ? shield() : "–");
    fold.setAttribute("aria-label", isSmall ? words.toolbar.expand : words.toolbar.collapse);
    fold.setAttribute("aria-expanded", String(!isSmall));
  }
  narrow.addEventListener("change", fit, { signal });
  fit();
  return [move, fold];
}

/** null: the candidate has not put it anywhere, or the browser keeps nothing for this page. */
function keptPlace(): string[] | null {
  try {
    return sessionStorage.getItem(PLACE_KEY)?.split(" ") ?? null;
  } catch {
    return null;
  }
}

function keep(marks: readonly string[]): void {
  try {
    sessionStorage.setItem(PLACE_KEY, marks.join(" "));
  } catch {
    // The next page then begins as this one did.
  }
}
