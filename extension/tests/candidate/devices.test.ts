import { afterEach, describe, expect, test, vi } from "vitest";
import { HeldSources } from "../../src/candidate/capture/held-sources.ts";

type Asked = { video?: Constraints; audio?: Constraints };
type Constraints = { deviceId?: { exact: string } };

/** A FAKE computer with these devices, the first of each kind its default; a real browser's is in tests/extension. */
function aComputerWith(devices: { camera?: string[]; microphone?: string[] }): void {
  const pick = (wanted: Constraints | undefined, there: string[] = []): MediaStreamTrack[] => {
    if (wanted === undefined) return [];
    const found = there.find((id) => id === (wanted.deviceId?.exact ?? there[0]));
    if (found === undefined) {
      const name = there.length === 0 ? "NotFoundError" : "OverconstrainedError";
      throw new DOMException("", name);
    }
    return [aTrack(found)];
  };
  const getUserMedia = ({ video, audio }: Asked): Promise<MediaStream> =>
    new Promise((resolve) => {
      const [cameras, sounds] = [pick(video, devices.camera), pick(audio, devices.microphone)];
      const stream = { getVideoTracks: () => cameras, getAudioTracks: () => sounds };
      resolve(stream as unknown as MediaStream);
    });
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia } });
}

function aTrack(deviceId: string): MediaStreamTrack {
  const track = Object.assign(new EventTarget(), {
    label: `label of ${deviceId}`,
    getSettings: () => ({ deviceId }),
    stop: () => undefined,
  });
  return track as unknown as MediaStreamTrack;
}

const opened = (sources: HeldSources) =>
  (["camera", "microphone"] as const).map((source) => {
    const held = sources.get(source);
    return held && [held.track.getSettings().deviceId, held.is_substitute];
  });

afterEach(() => {
  vi.unstubAllGlobals();
});

describe("opening the devices that were chosen", () => {
  test("takes the chosen ones, not the browser's first", async () => {
    aComputerWith({ camera: ["lid", "desk"], microphone: ["lid", "headset"] });
    const sources = new HeldSources(vi.fn());

    await sources.openMissing(["camera", "microphone"], { camera: "desk", microphone: "headset" });

    expect(opened(sources)).toEqual([
      ["desk", false],
      ["headset", false],
    ]);
  });

  test("takes another one, and says so, where only the chosen one is gone", async () => {
    aComputerWith({ camera: ["lid"], microphone: ["lid", "headset"] });
    const sources = new HeldSources(vi.fn());

    await sources.openMissing(["camera", "microphone"], { camera: "desk", microphone: "headset" });

    expect(opened(sources)).toEqual([
      ["lid", true],
      ["headset", false],
    ]);
  });

  test("leaves out what is not there at all, and opens the rest", async () => {
    aComputerWith({ microphone: ["lid"] });
    const sources = new HeldSources(vi.fn());

    await sources.openMissing(["camera", "microphone"], { camera: "desk" });

    expect(opened(sources)).toEqual([undefined, ["lid", false]]);
  });

  test("takes no other one in place of one that the candidate names", async () => {
    aComputerWith({ camera: ["lid"] });
    const sources = new HeldSources(vi.fn());

    const answer = await sources.open("camera", { device_id: "desk" });

    expect(answer).toEqual({ is: "refused", reason: "not-found" });
  });
});

test("a device that goes away is not held any more when that is told", async () => {
  aComputerWith({ camera: ["lid"] });
  const held: boolean[] = [];
  const sources: HeldSources = new HeldSources((source) => {
    held.push(sources.has(source));
  });
  await sources.open("camera");

  sources.get("camera")?.track.dispatchEvent(new Event("ended"));

  expect(held).toEqual([false]);
});
