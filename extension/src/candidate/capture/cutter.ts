import type { AudioTrack, CutTrack, Packet, Track, VideoTrack } from "./packets.ts";

/** What falls into one cell of the grid. */
export interface Cut {
  tracks: CutTrack[];
  t0_us: number;
  t1_us: number;
  continuity: "whole" | "delta";
}

interface Line {
  track:
    | { kind: "video"; config: VideoDecoderConfig | null }
    | { kind: "audio"; config: AudioDecoderConfig | null };
  packets: Packet[];
}

/**
 * Sorts packets into cells of the grid. A cell is given out when every line has a packet beyond it, so its last
 * packets know how long they last, and file follows file without a gap.
 */
export class Cutter {
  readonly #cell_us: number;
  readonly #lines = new Map<"video" | "audio", Line>();
  readonly #emit: (cut: Cut) => void;
  #begun = false;

  constructor(kinds: readonly ("video" | "audio")[], cell_ms: number, emit: (cut: Cut) => void) {
    this.#cell_us = cell_ms * 1_000;
    this.#emit = emit;
    for (const kind of kinds) this.#lines.set(kind, { track: { kind, config: null }, packets: [] });
  }

  configure(
    track:
      { kind: "video"; config: VideoDecoderConfig } | { kind: "audio"; config: AudioDecoderConfig },
  ): void {
    const line = this.#lines.get(track.kind);
    if (line !== undefined) line.track = track;
  }

  add(kind: "video" | "audio", packet: Packet): void {
    this.#lines.get(kind)?.packets.push(packet);
    if (!this.#begun) this.#begun = this.#alignBeginning();
    if (!this.#begun) return;
    while (this.#cutOne()) continue;
  }

  /** Gives out what is left, all of it ending at `end_ms`. */
  flush(end_ms: number): void {
    const end_us = Math.round(end_ms * 1_000);
    for (;;) {
      const first = this.#firstCell();
      if (first === null) return;
      this.#give((first + 1) * this.#cell_us, end_us);
    }
  }

  /** Every file has the same tracks: sound that came before the first picture is left out. */
  #alignBeginning(): boolean {
    const lines = [...this.#lines.values()];
    if (lines.some((line) => line.packets.length === 0)) return false;
    const first_picture = this.#lines.get("video")?.packets[0]?.t_us ?? 0;
    const sound = this.#lines.get("audio");
    if (sound === undefined) return true;
    const from = sound.packets.findIndex((packet) => packet.t_us >= first_picture);
    sound.packets.splice(0, from < 0 ? sound.packets.length : from);
    return sound.packets.length > 0;
  }

  #cutOne(): boolean {
    const first = this.#firstCell();
    if (first === null) return false;
    const border = (first + 1) * this.#cell_us;
    const lines = [...this.#lines.values()];
    if (!lines.every((line) => (line.packets.at(-1)?.t_us ?? 0) >= border)) return false;
    this.#give(border, null);
    return true;
  }

  #firstCell(): number | null {
    const starts = [...this.#lines.values()].flatMap((line) => line.packets[0]?.t_us ?? []);
    return starts.length === 0 ? null : Math.floor(Math.min(...starts) / this.#cell_us);
  }

  #give(border: number, end_us: number | null): void {
    const tracks = [...this.#lines.values()].flatMap((line) => take(line, border, end_us) ?? []);
    if (tracks.length === 0) return;
    const t0_us = Math.min(...tracks.map((track) => track.packets[0]?.t_us ?? border));
    const t1_us = Math.max(...tracks.map((track) => track.ends_us));
    const video = tracks.find((track) => track.kind === "video");
    const continuity = video?.packets[0]?.is_key === false ? "delta" : "whole";
    this.#emit({ tracks, t0_us, t1_us, continuity });
  }
}

function take(line: Line, border: number, end_us: number | null): CutTrack | null {
  const beyond = line.packets.findIndex((packet) => packet.t_us >= border);
  const count = beyond < 0 ? line.packets.length : beyond;
  const packets = line.packets.splice(0, count);
  const last = packets.at(-1);
  if (last === undefined || line.track.config === null) return null;
  const ends_us = Math.max(line.packets[0]?.t_us ?? end_us ?? border, last.t_us + 1_000);
  const track = { ...line.track, packets } as VideoTrack | AudioTrack satisfies Track;
  return { ...track, ends_us };
}
