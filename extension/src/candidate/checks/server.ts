import { askBackground } from "../../messages.ts";
import type { Settings } from "../../wire.ts";
import { explain } from "../explain.ts";
import { words } from "../words.ts";
import { failed, passed } from "./finding.ts";
import type { Finding } from "./finding.ts";

const CAMERA_KBIT_S = 160;
const SCREEN_KBIT_S = 200;
const CLOCK_LIMIT_MS = 2 * 60_000;

/** Upload that keeps up with what this exam records, kbit/s. */
export function neededKbit(settings: Settings): number {
  const camera = settings.camera || settings.microphone ? CAMERA_KBIT_S : 0;
  return camera + (settings.screen ? SCREEN_KBIT_S : 0) + 40;
}

/** Reach, upload speed and clock. */
export async function checkServer(settings: Settings): Promise<Finding> {
  const answer = await askBackground("server.measure", {});
  if (!answer.ok)
    return failed(
      answer.problem.kind === "offline" ? words.checks.serverAway : explain(answer.problem),
    );
  const { upload_kbit_s: upload, clock_ahead_ms: ahead } = answer.value;
  if (Math.abs(ahead) > CLOCK_LIMIT_MS)
    return failed(words.checks.serverClock(Math.round(Math.abs(ahead) / 60_000)), {
      mayPass: true,
    });
  const needed = neededKbit(settings);
  return upload >= needed
    ? passed(words.checks.serverGood(upload))
    : failed(words.checks.serverSlow(upload, needed), { mayPass: true });
}
