import { browser } from "../../browser.ts";
import type { Permissions } from "../../browser.ts";
import type { Settings } from "../../wire.ts";

/**
 * What the browser must grant for an exam: to show the toolbar in the quiz's pages and to hand in its access code.
 * Camera, microphone and screen are asked for by the browser itself when they are opened.
 */
export function neededPermissions(settings: Settings): Permissions {
  return { permissions: ["scripting"], origins: quizOrigins(settings) };
}

/** Match patterns of the quiz's origins, sorted, each once. */
export function quizOrigins(settings: Settings): string[] {
  const { launch_url, exam_start, exam_take, exam_end } = settings.quiz;
  const origins = [launch_url, exam_start, exam_take, exam_end].flatMap(originOf);
  return [...new Set(origins)].sort();
}

/** Only a whole scheme and host make an origin: a pattern that leaves them open adds nothing. */
function originOf(address: string): string[] {
  const found = /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d+)?(?=\/|$)/i.exec(address);
  if (found === null) return [];
  const [, scheme, host, port] = found;
  return [`${scheme ?? ""}://${host ?? ""}${port ?? ""}/*`.toLowerCase()];
}

/** Shows the browser's own question. Only from a click in a page of ours. False: the candidate said no. */
export function requestPermissions(settings: Settings): Promise<boolean> {
  return browser.requestPermissions(neededPermissions(settings));
}

export function holdsPermissions(settings: Settings): Promise<boolean> {
  return browser.hasPermissions(neededPermissions(settings));
}
