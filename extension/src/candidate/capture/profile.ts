/** What is recorded, and how finely. Measured in docs/decisions/0005-capture.md. */

/** Files end on a grid of the attempt's own time, the same for all streams. */
export const CELL_MS = 5_000;

export const CAMERA = {
  codec: "vp09.00.10.08",
  width: 320,
  height: 240,
  frames_per_s: 10,
  bitrate: 56_000,
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
  codec: "vp09.00.40.08",
  max_width: 1920,
  max_height: 1080,
  frames_per_s: 2,
  /** 0 to 63; text stays sharp, and what does not change costs nothing whatever the bitrate. */
  quantizer: 42,
  /** A group of pictures is as long as this, */
  group_ms: 60_000,
  /** as short as this when so many frames changed that seeking would get slow, */
  busy_group_ms: 30_000,
  busy_changes: 40,
  /** and as long as this while next to nothing changed. */
  calm_group_ms: 120_000,
  calm_changes: 8,
} as const;
