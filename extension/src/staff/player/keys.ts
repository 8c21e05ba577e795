/** What a key means in the player. Pure; null where the key is for something else. */
export type KeyAction =
  | { do: "toggle" }
  | { do: "speed"; step: 1 | -1 }
  | { do: "move"; ms: number }
  | { do: "jump"; to: "start" | "end" }
  | { do: "mute" }
  | { do: "enlarge"; what: "camera" | "screen" }
  | { do: "attempt"; step: 1 | -1 }
  | { do: "help" };

const STEP_MS = 5_000;
const STRIDE_MS = 30_000;

const ACTIONS: Readonly<Record<string, KeyAction>> = {
  " ": { do: "toggle" },
  k: { do: "toggle" },
  j: { do: "speed", step: -1 },
  l: { do: "speed", step: 1 },
  home: { do: "jump", to: "start" },
  end: { do: "jump", to: "end" },
  m: { do: "mute" },
  "1": { do: "enlarge", what: "camera" },
  "2": { do: "enlarge", what: "screen" },
  "[": { do: "attempt", step: -1 },
  "]": { do: "attempt", step: 1 },
  "?": { do: "help" },
};

/** Keys belong to whatever control has the focus first: a field, a list, a button's space bar, a dialogue. */
export function keyAction(
  event: Pick<KeyboardEvent, "key" | "shiftKey" | "ctrlKey" | "altKey" | "metaKey" | "target">,
): KeyAction | null {
  if (event.ctrlKey || event.altKey || event.metaKey || isTaken(event.target, event.key))
    return null;
  const key = event.key.toLowerCase();
  if (key === "arrowleft" || key === "arrowright") {
    const step = event.shiftKey ? STRIDE_MS : STEP_MS;
    return { do: "move", ms: key === "arrowleft" ? -step : step };
  }
  return ACTIONS[key] ?? null;
}

function isTaken(target: EventTarget | null, key: string): boolean {
  if (target === null || !("closest" in target)) return false;
  const element = target as Element;
  if (element.closest("input, select, textarea, dialog") !== null) return true;
  return (key === " " || key === "Enter") && element.closest("button, a, summary") !== null;
}
