import { words } from "../words.ts";
import { failed, passed } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** About six hours of camera, microphone and a busy screen. */
const NEEDED_BYTES = 500_000_000;

/** Room for the recording while the network is away. */
export async function checkDisk(): Promise<Finding> {
  const { quota = 0, usage = 0 } = await navigator.storage.estimate();
  const free = quota - usage;
  const gigabytes = (free / 1e9).toFixed(1);
  return free >= NEEDED_BYTES
    ? passed(words.checks.diskGood(gigabytes))
    : failed(words.checks.diskLow(gigabytes), { mayPass: true });
}
