import { words } from "../words.ts";
import { failed, passed } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** The first Chrome with Ed25519 in WebCrypto. */
const LEAST_VERSION = 137;

/** Whether this browser can record and seal at all. */
export async function checkBrowser(): Promise<Finding> {
  const version = /Chrom(?:e|ium)\/(\d+)/u.exec(navigator.userAgent)?.[1] ?? "?";
  if (!(Number(version) >= LEAST_VERSION)) return failed(words.checks.browserOld(version));
  const lacks = await lacking();
  return lacks === null
    ? passed(words.checks.browserGood(version))
    : failed(words.checks.browserLacks(lacks));
}

async function lacking(): Promise<string | null> {
  if (!("VideoEncoder" in globalThis) || !("MediaStreamTrackProcessor" in globalThis))
    return "video encoding";
  const vp9 = await VideoEncoder.isConfigSupported({
    codec: "vp09.00.10.08",
    width: 640,
    height: 480,
  });
  if (vp9.supported !== true) return "the VP9 encoder";
  if (!("getDirectory" in navigator.storage)) return "private file storage";
  try {
    await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
  } catch {
    return "Ed25519 signatures";
  }
  return null;
}
