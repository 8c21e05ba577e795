import type { ReachMeasurement } from "../../messages.ts";
import type { AttemptCalls } from "../../server.ts";

const PROBE_BYTES = 256 * 1024;

/** Uploads a quarter of a mebibyte that nothing can compress. @throws Trouble */
export async function measureReach(calls: AttemptCalls): Promise<ReachMeasurement> {
  const asked = performance.now();
  await calls.reach(new Uint8Array(1));
  const round_trip_ms = performance.now() - asked;
  const probe = new Uint8Array(PROBE_BYTES);
  for (let at = 0; at < probe.length; at += 65_536) {
    crypto.getRandomValues(probe.subarray(at, at + 65_536));
  }
  const sent = performance.now();
  const { server_time } = await calls.reach(probe);
  const upload_ms = Math.max(1, performance.now() - sent - round_trip_ms);
  return {
    round_trip_ms: Math.round(round_trip_ms),
    upload_kbit_s: Math.round((PROBE_BYTES * 8) / upload_ms),
    clock_ahead_ms: Math.round(Date.now() - server_time - round_trip_ms / 2),
  };
}
