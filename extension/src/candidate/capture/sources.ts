import type { SourceRefusal } from "../../messages.ts";
import type { Devices, Source } from "../attempt/state.ts";
import { CAMERA, SCREEN, SOUND } from "./profile.ts";

export type OpenedTrack =
  | {
      is: "live";
      track: MediaStreamTrack;
      /** Another device than the one that was asked for. */
      is_substitute: boolean;
    }
  | { is: "refused"; reason: SourceRefusal };

/** Opens one source. Nothing is thrown: every way it can fail has a name a page can explain. */
export async function openTrack(source: Source, device_id?: string): Promise<OpenedTrack> {
  try {
    const track = await (source === "screen" ? shareScreen() : openDevice(source, device_id));
    if (track === undefined) return { is: "refused", reason: "not-found" };
    const reason = source === "screen" ? surfaceRefusal(track) : null;
    if (reason === null) return { is: "live", track, is_substitute: false };
    track.stop();
    return { is: "refused", reason };
  } catch (error) {
    return { is: "refused", reason: refusalOf(error) };
  }
}

/** Opens the device that the candidate chose; where it is not there any more, whichever the browser has. */
export async function openChosen(source: Source, device_id?: string): Promise<OpenedTrack> {
  const chosen = await openTrack(source, device_id);
  const is_gone = chosen.is === "refused" && chosen.reason === "not-found";
  if (!is_gone || device_id === undefined) return chosen;
  const other = await openTrack(source);
  return other.is === "live" ? { ...other, is_substitute: true } : other;
}

/** Camera and microphone in one go, so that both begin together; null where only one of them opens. */
export async function openBoth(
  devices: Devices,
): Promise<Record<"camera" | "microphone", MediaStreamTrack> | null> {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({
      video: { ...VIDEO, ...exactly(devices.camera) },
      audio: { ...AUDIO, ...exactly(devices.microphone) },
    });
    const [camera] = stream.getVideoTracks();
    const [microphone] = stream.getAudioTracks();
    return camera === undefined || microphone === undefined ? null : { camera, microphone };
  } catch {
    // Each is then opened by itself, and says what is wrong with it.
    return null;
  }
}

const VIDEO = {
  width: { ideal: CAMERA.width },
  height: { ideal: CAMERA.height },
  frameRate: { ideal: CAMERA.frames_per_s },
};
/** The room as it is: processing made for calls takes away exactly the quiet voices. */
const AUDIO = {
  channelCount: { ideal: SOUND.channels },
  sampleRate: { ideal: SOUND.sample_rate },
  echoCancellation: false,
  noiseSuppression: false,
  autoGainControl: false,
};

function exactly(device_id: string | undefined): MediaTrackConstraints {
  return device_id === undefined ? {} : { deviceId: { exact: device_id } };
}

async function openDevice(
  source: "camera" | "microphone",
  device_id: string | undefined,
): Promise<MediaStreamTrack | undefined> {
  const device = exactly(device_id);
  const { mediaDevices } = navigator;
  if (source === "camera") {
    const stream = await mediaDevices.getUserMedia({ video: { ...VIDEO, ...device } });
    return stream.getVideoTracks()[0];
  }
  const stream = await mediaDevices.getUserMedia({ audio: { ...AUDIO, ...device } });
  return stream.getAudioTracks()[0];
}

async function shareScreen(): Promise<MediaStreamTrack | undefined> {
  const stream = await navigator.mediaDevices.getDisplayMedia({
    video: {
      displaySurface: "monitor",
      width: { max: SCREEN.max_width },
      height: { max: SCREEN.max_height },
      frameRate: { max: SCREEN.frames_per_s },
    },
    audio: false,
    monitorTypeSurfaces: "include",
    selfBrowserSurface: "exclude",
    surfaceSwitching: "exclude",
  });
  return stream.getVideoTracks()[0];
}

/** Only the whole screen will do; the browser's picker offers less, and says what was chosen. */
function surfaceRefusal(track: MediaStreamTrack): SourceRefusal | null {
  const surface = track.getSettings().displaySurface;
  if (surface === "monitor") return null;
  if (surface === "window") return "window";
  return surface === "browser" ? "tab" : "failed";
}

const REFUSALS: Record<string, SourceRefusal> = {
  NotAllowedError: "not-allowed",
  SecurityError: "not-allowed",
  NotFoundError: "not-found",
  OverconstrainedError: "not-found",
  NotReadableError: "in-use",
  AbortError: "failed",
};

function refusalOf(error: unknown): SourceRefusal {
  return (error instanceof DOMException ? REFUSALS[error.name] : undefined) ?? "failed";
}

/** Whether the source can be opened without a question of the browser's. */
export async function opensUnasked(source: Source): Promise<boolean> {
  if (source === "screen") return false;
  return (await navigator.permissions.query({ name: source })).state === "granted";
}

/** Hears when a track ends by itself: unplugged, taken away, sharing stopped. */
export function onEnded(track: MediaStreamTrack, listener: () => void, signal: AbortSignal): void {
  track.addEventListener("ended", listener, { signal, once: true });
}
