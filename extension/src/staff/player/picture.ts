import type { Transport } from "./transport.ts";

/** A picture may be this far from the playhead before it is moved. */
const DRIFT_MS = 200;
/** How far ahead of the playhead is fetched, at speed 1. */
const AHEAD_MS = 20_000;
/** And while a picture is waited for, of either stream: what follows would take its time away. */
const FIRST_MS = 5_000;

/** What of a reel is needed to follow the playhead. */
export interface Playable {
  readonly video: HTMLVideoElement;
  readonly tape: { covers(ms: number): boolean };
  landing(ms: number): number | null;
  isFed(ms: number): boolean;
  want(ms: number, aheadMs: number): void;
}

export type PictureState = "shown" | "loading" | "nothing";

/**
 * Brings one picture to where the playhead is, at `now`.
 * @param isHurried somebody waits for a picture, this one or the other: only what it takes is fetched
 */
export function follow(
  reel: Playable,
  transport: Transport,
  now: number,
  isHurried: boolean,
): PictureState {
  const { video } = reel;
  const position = transport.at(now);
  if (!reel.tape.covers(position)) {
    video.pause();
    return "nothing";
  }
  const landing = reel.landing(position);
  reel.want(position, isHurried ? FIRST_MS : AHEAD_MS * Math.max(1, transport.rate));
  if (landing === null) {
    video.pause();
    // A seam of a few frames: the picture before it stays, and nobody waits. Never sought to: such a seek has no end.
    return reel.isFed(position) ? "shown" : "loading";
  }
  move(video, landing, DRIFT_MS * Math.max(1, transport.rate));
  if (video.playbackRate !== transport.rate) video.playbackRate = transport.rate;
  keepRunning(video, transport.isRunning);
  return video.seeking || video.readyState < video.HAVE_CURRENT_DATA ? "loading" : "shown";
}

function move(video: HTMLVideoElement, position: number, drift: number): void {
  if (Math.abs(video.currentTime * 1000 - position) > drift) video.currentTime = position / 1000;
}

function keepRunning(video: HTMLVideoElement, isRunning: boolean): void {
  if (isRunning && video.paused) void video.play().catch(() => undefined);
  if (!isRunning && !video.paused) video.pause();
}
