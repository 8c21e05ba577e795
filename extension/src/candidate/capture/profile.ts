/** What is recorded, and how finely. Measured in docs/decisions/0005-capture.md. */

/** Files end on a grid of the attempt's own time, the same for all streams. */
export const CELL_MS = 5_000;

export const CAMERA = {
  codec: "vp09.00.10.08",
  width: 320,
  height: 240,
  frames_per_s: 10,
  bitrate: 56_000,
  /** Constant: in variable mode a noisy room's key frames alone take as much again. */
  bitrate_mode: "constant",
} as const;

export const SOUND = {
  codec: "opus",
  channels: 1,
  sample_rate: 48_000,
  bitrate: 24_000,
  /** Three times Opus's default: a third of the overhead in each file. */
  packet_us: 60_000,
} as const;

export const SCREEN = {
  /** AV1 knows text on screens: half the bytes of VP9 at the same sharpness. */
  codec: "av01.0.08M.08",
  /** Where a browser was built without an AV1 encoder. */
  other_codec: "vp09.00.40.08",
  max_width: 1920,
  max_height: 1080,
  frames_per_s: 2,
  /** Text stays sharp, and what does not change costs nothing whatever the bitrate. AV1's goes to 255, VP9's to 63. */
  quantizer: { av1: 170, vp9: 50 },
  /** What a screen that changes all the time may take: 32 MB an hour after the first picture or two. */
  bytes_per_s: 9_000,
  purse_bytes: 500_000,
  /** A group of pictures is as long as this, */
  group_ms: 60_000,
  /** as short as this when so many frames changed that seeking would get slow, */
  busy_group_ms: 30_000,
  busy_changes: 40,
  /** shorter still when some frames changed much: whoever looks there decodes all of them. Fewer are decoded quickly, */
  heavy_group_ms: 10_000,
  heavy_changes: 10,
  heavy_bytes: 30_000,
  /** and as long as this while next to nothing changed. */
  calm_group_ms: 120_000,
  calm_changes: 8,
} as const;
