import type { SourceOpened } from "../../messages.ts";
import type { Devices, Source } from "../attempt/state.ts";
import { onEnded, openBoth, openChosen, openTrack } from "./sources.ts";
import type { OpenedTrack } from "./sources.ts";

export interface HeldSource {
  track: MediaStreamTrack;
  /** Another device than the one that was chosen, which is not there. */
  is_substitute: boolean;
  over: AbortController;
}

/** The tracks that are held open, from the first check to the end of the recording. */
export class HeldSources {
  readonly #held = new Map<Source, HeldSource>();
  readonly #onLost: (source: Source) => void;

  /** @param onLost hears of a source that ended by itself; it is not held any more then */
  constructor(onLost: (source: Source) => void) {
    this.#onLost = onLost;
  }

  has(source: Source): boolean {
    return this.#held.has(source);
  }

  get(source: Source): HeldSource | undefined {
    return this.#held.get(source);
  }

  /** Opens a source, or opens it anew. `or_another`: where the device is gone, another one will do. */
  async open(
    source: Source,
    { device_id, or_another = false }: { device_id?: string; or_another?: boolean } = {},
  ): Promise<SourceOpened> {
    const opened = await (or_another
      ? openChosen(source, device_id)
      : openTrack(source, device_id));
    return this.#take(source, opened);
  }

  /**
   * Before the recording, whichever of camera and microphone is checked last opens both anew in one
   * go: a device that plays a clip starts it when it is opened, and then picture and sound are in
   * step from their first moment.
   */
  async openInStep(source: Source, device_id?: string): Promise<SourceOpened> {
    const partner = source === "camera" ? "microphone" : "camera";
    const held = this.#held.get(partner)?.track.getSettings().deviceId;
    if (source === "screen" || held === undefined)
      return this.#take(source, await openTrack(source, device_id));
    this.close(source);
    this.close(partner);
    const both = await openBoth({ [source]: device_id, [partner]: held });
    const again = this.#take(
      partner,
      both === null ? await openTrack(partner, held) : live(both[partner]),
    );
    if (again.is === "refused") this.#onLost(partner);
    return this.#take(
      source,
      both === null ? await openTrack(source, device_id) : live(both[source]),
    );
  }

  /** Opens what is not open yet, camera and microphone in one go where both can be had as they were chosen. */
  async openMissing(sources: readonly Source[], devices: Devices): Promise<void> {
    const missing = sources.filter((source) => !this.has(source));
    const both =
      missing.includes("camera") && missing.includes("microphone") ? await openBoth(devices) : null;
    if (both !== null) {
      this.#take("camera", live(both.camera));
      this.#take("microphone", live(both.microphone));
    }
    for (const source of missing) {
      if (this.has(source)) continue;
      const device_id = source === "screen" ? undefined : devices[source];
      this.#take(source, await openChosen(source, device_id));
    }
  }

  close(source: Source): void {
    const held = this.#held.get(source);
    held?.over.abort();
    held?.track.stop();
    this.#held.delete(source);
  }

  #take(source: Source, opened: OpenedTrack): SourceOpened {
    if (opened.is === "refused") return opened;
    this.close(source);
    const { track, is_substitute } = opened;
    const over = new AbortController();
    this.#held.set(source, { track, is_substitute, over });
    const lost = (): void => {
      this.close(source);
      this.#onLost(source);
    };
    onEnded(track, lost, over.signal);
    const { width = null, height = null } = track.getSettings();
    return { is: "live", label: track.label, is_substitute, width, height };
  }
}

function live(track: MediaStreamTrack): OpenedTrack {
  return { is: "live", track, is_substitute: false };
}
