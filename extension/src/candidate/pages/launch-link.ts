/** What the server's launch page hands over in the fragment (wire.md §3). */
export interface LaunchLink {
  for: "candidate" | "staff";
  /** Origin of the server. */
  server: string;
  token: string;
  /** The institution's fingerprint as the course in the LMS names it; null where it names none. */
  root: string | null;
}

/** The largest fragment that is read at all. */
const LONGEST = 2048;

/** Reads a launch fragment; null for anything that is not exactly one. */
export function parseLaunch(fragment: string): LaunchLink | null {
  if (fragment.length > LONGEST) return null;
  const fields = new URLSearchParams(fragment.replace(/^#/u, ""));
  const [whom, server, token] = [fields.get("for"), fields.get("server"), fields.get("token")];
  if (fields.get("v") !== "1" || (whom !== "candidate" && whom !== "staff") || server === null)
    return null;
  const origin = originOf(server);
  if (origin === null || token === null || !/^[\w.~-]{16,512}$/u.test(token)) return null;
  return { for: whom, server: origin, token, root: fields.get("root")?.toLowerCase() ?? null };
}

/** Plain http only to this computer itself: everywhere else a network could read the evidence's metadata. */
function originOf(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { origin, protocol, hostname } = new URL(text);
  const isLocal = ["127.0.0.1", "localhost", "[::1]"].includes(hostname);
  return origin === text && (protocol === "https:" || (protocol === "http:" && isLocal))
    ? origin
    : null;
}

/** Reads the launch and takes it out of the address and the tab's history. */
export function takeLaunch(location: Location, history: History): LaunchLink | null {
  const launch = parseLaunch(location.hash);
  history.replaceState(null, "", location.pathname);
  return launch;
}
