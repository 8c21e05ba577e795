import { ChangeDetector } from "./difference.ts";
import { Pace } from "./pace.ts";
import { CAMERA, SCREEN } from "./profile.ts";
import type { FramePlace, VideoPlan } from "./video-lane.ts";

/** Every file of the camera plays by itself: each cell begins a group. */
export function cameraPlan(): VideoPlan {
  return {
    config: {
      codec: CAMERA.codec,
      width: CAMERA.width,
      height: CAMERA.height,
      bitrate: CAMERA.bitrate,
      bitrateMode: CAMERA.bitrate_mode,
      framerate: CAMERA.frames_per_s,
      latencyMode: "realtime",
    },
    options: {},
    frames_per_s: CAMERA.frames_per_s,
    beginsGroup: (place) => place.opens_cell,
  };
}

/** The screen's key frames are nearly all of its bytes: few of them, and changed frames only. */
export async function screenPlan(size: { width: number; height: number }): Promise<VideoPlan> {
  const detector = new ChangeDetector();
  const { av1, vp9 } = SCREEN.quantizer;
  return {
    config: await screenConfig(size),
    options: { av1: { quantizer: av1 }, vp9: { quantizer: vp9 } },
    frames_per_s: SCREEN.frames_per_s,
    beginsGroup: beginsScreenGroup,
    differs: (frame) => detector.differs(frame),
    pace: new Pace(SCREEN),
  };
}

async function screenConfig(size: { width: number; height: number }): Promise<VideoEncoderConfig> {
  const config = {
    codec: SCREEN.codec,
    ...size,
    framerate: SCREEN.frames_per_s,
    bitrateMode: "quantizer",
    latencyMode: "realtime",
    contentHint: "text",
  } as const;
  const { supported } = await VideoEncoder.isConfigSupported(config);
  return supported === true ? config : { ...config, codec: SCREEN.other_codec };
}

/** A key frame is nearly all that a calm screen costs; on a busy one it comes sooner, so that seeking stays quick. */
export function beginsScreenGroup(place: FramePlace): boolean {
  if (!place.opens_cell || place.last_key_ms === null) return place.last_key_ms === null;
  return place.t_ms - place.last_key_ms >= groupMs(place);
}

function groupMs({ changes, changed_bytes }: FramePlace): number {
  const is_heavy = changes >= SCREEN.heavy_changes && changed_bytes >= SCREEN.heavy_bytes;
  if (is_heavy) return SCREEN.heavy_group_ms;
  if (changes >= SCREEN.busy_changes) return SCREEN.busy_group_ms;
  return changes <= SCREEN.calm_changes ? SCREEN.calm_group_ms : SCREEN.group_ms;
}
