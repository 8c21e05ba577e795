/** Every sentence of the checks: how it is, and how to put it right. */
import type { CheckId, Source } from "./attempt/state.ts";

export const checkWords = {
  title: "Checks",
  lead: "We look whether everything works. Your time is not running.",
  running: "Looking…",
  waiting: "Not looked at yet",
  passed: "Works",
  noted: "Noted for the reviewer",
  failed: "Needs you",
  note: "Continue and tell the reviewer",
  noteHint: "It is a note, and never held against you.",
  done: "Everything is ready",
  continue: "Continue",
  left: (count: number) => (count === 1 ? "One check needs you." : `${count} checks need you.`),
  names: {
    browser: "Browser",
    server: "Connection",
    disk: "Free disk space",
    displays: "Screens",
    camera: "Camera",
    microphone: "Microphone",
    screen: "Screen sharing",
    key: "Secrecy",
  } satisfies Record<CheckId, string>,
  browserGood: (version: string) => `Your browser can do all that is needed (version ${version}).`,
  browserOld: (version: string) =>
    `Your browser is version ${version}. Update it to 137 or newer, then open the exam again.`,
  browserLacks: (what: string) =>
    `Your browser lacks ${what}. Update it, or use Chrome or Chromium.`,
  serverGood: (kbit: number) => `The server answers, and takes ${speed(kbit)}.`,
  serverSlow: (kbit: number, needed: number) =>
    `Your connection sends ${speed(kbit)}; the exam would like ${speed(needed)}. You can go on: what does not fit now is sent later. Other downloads on your network slow it down.`,
  serverClock: (minutes: number) =>
    `Your computer's clock is off by ${minutes} minutes. Set it to the right time.`,
  serverAway: "The server does not answer. Look at your network, then try again.",
  diskGood: (gigabytes: string) =>
    `${gigabytes} GB are free for the recording while the network is away.`,
  diskLow: (gigabytes: string) =>
    `Only ${gigabytes} GB are free. Delete something large, then try again.`,
  displaysOne: "One screen is connected.",
  displaysSeveral: (count: number) => `${count} screens are connected.`,
  displaysTooMany: (count: number) =>
    `${count} screens are connected, and this exam allows one. Unplug the others, then try again.`,
  displaysMirrored:
    "Two screens show the same picture. This exam allows one. Unplug the other, then try again.",
  keyGood: "What is recorded can be opened by your institution only.",
  cameraStart: "Show me my camera",
  cameraGood: "You are in the picture. Only you see it now; nothing is recorded yet.",
  cameraDark: "It is dark. Turn towards a window, or put a lamp in front of you, not behind you.",
  cameraBright: "It is very bright. Turn away from the light, or close a curtain.",
  cameraStill: "The picture is empty. Is the camera covered, or switched off by a key or a slider?",
  cameraChoose: "Camera",
  cameraConfirm: "This is me, continue",
  cameraPicture: "Your camera's picture",
  microphoneStart: "Try my microphone",
  microphoneSay: "Say a few words. The bar moves when we hear you.",
  microphoneGood: "We hear you.",
  microphoneQuiet: "We hear nothing. Is the microphone muted, or is another one chosen?",
  microphoneChoose: "Microphone",
  microphoneLevel: "Loudness",
  screenStart: "Share my whole screen",
  screenText:
    "Your browser asks what to share. Choose “Entire screen”. Sharing goes on until the exam ends.",
  screenGood: (width: number, height: number) =>
    `Your whole screen is shared (${width} × ${height}).`,
  refusals: {
    "not-allowed": (what: string) =>
      `Your browser did not allow the ${what}. Press the icon left of the address, allow it, then try again.`,
    "not-found": (what: string) => `No ${what} was found. Plug one in, then try again.`,
    "in-use": (what: string) =>
      `Another program uses the ${what}. Close that program (a video call, perhaps), then try again.`,
    window: () =>
      "You shared one window. This exam needs the entire screen. Try again and choose “Entire screen”.",
    tab: () =>
      "You shared one tab. This exam needs the entire screen. Try again and choose “Entire screen”.",
    failed: (what: string) =>
      `The ${what} did not start. Unplug it and plug it in again, or restart the browser, then try again.`,
  },
  sources: {
    camera: "camera",
    microphone: "microphone",
    screen: "screen sharing",
  } satisfies Record<Source, string>,
} as const;

function speed(kbit: number): string {
  return kbit >= 1000 ? `${(kbit / 1000).toFixed(1)} Mbit/s` : `${Math.round(kbit)} kbit/s`;
}
