import { Trouble } from "./problems.ts";
import type { Problem } from "./problems.ts";

export interface Call {
  method: "GET" | "PUT" | "POST" | "PATCH" | "DELETE";
  /** Beginning with `/`; never holds a token. */
  path: string;
  token?: string;
  json?: object;
  bytes?: Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  timeout_ms?: number;
}

/** Sends one call to an origin and gives the parsed JSON, or null where the answer has no body. @throws Trouble */
export type Http = (call: Call) => Promise<unknown>;

/** Plenty for a small answer on a slow line. */
const PATIENCE_MS = 30_000;
const NO_CONTENT = 204;

/** `fetch` is an argument: a page, a worker and a test each have their own. */
export function httpTo(origin: string, fetching: typeof fetch = fetch): Http {
  return async (call) => {
    const response = await send(origin, call, fetching);
    if (response.status === NO_CONTENT) return null;
    if (response.ok) return jsonOf(response);
    throw new Trouble(await problemOf(response));
  };
}

async function send(origin: string, call: Call, fetching: typeof fetch): Promise<Response> {
  const headers = new Headers(call.headers);
  if (call.token !== undefined) headers.set("Authorization", `Bearer ${call.token}`);
  if (call.json !== undefined) headers.set("Content-Type", "application/json");
  const request: RequestInit = {
    method: call.method,
    headers,
    body: call.bytes ?? (call.json === undefined ? null : JSON.stringify(call.json)),
    // No cookies, no cache, no other place: the server is who the launch named.
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
    referrerPolicy: "no-referrer",
    signal: AbortSignal.timeout(call.timeout_ms ?? PATIENCE_MS),
  };
  try {
    return await fetching(new URL(call.path, origin), request);
  } catch {
    throw new Trouble({ kind: "offline" });
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch {
    throw new Trouble({ kind: "offline" });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new Trouble({ kind: "bad-answer", status: response.status });
  }
}

async function problemOf(response: Response): Promise<Problem> {
  const { status } = response;
  const bad: Problem = { kind: "bad-answer", status };
  // Proxies answer without our body; what they mean is clear enough from the status.
  const fallback = gatewayProblem(status, retryAfter(response)) ?? bad;
  if (!(response.headers.get("Content-Type") ?? "").startsWith("application/problem+json")) {
    return fallback;
  }
  const body = await jsonOf(response).catch(() => null);
  if (typeof body !== "object" || body === null) return fallback;
  const { code, detail, index, stream, size } = body as Record<string, unknown>;
  if (typeof code !== "string") return fallback;
  return {
    kind: "server",
    code,
    status,
    detail: typeof detail === "string" ? detail : "",
    retry_after_s: retryAfter(response),
    ...(typeof index === "number" ? { index } : {}),
    ...(typeof stream === "string" ? { stream } : {}),
    ...(typeof size === "number" ? { size } : {}),
  };
}

const GATEWAY: Record<number, string> = { 429: "busy", 502: "busy", 503: "busy", 504: "busy" };

function gatewayProblem(status: number, retry_after_s: number | null): Problem | null {
  const code = GATEWAY[status];
  return code === undefined ? null : { kind: "server", code, status, detail: "", retry_after_s };
}

function retryAfter(response: Response): number | null {
  const seconds = Number(response.headers.get("Retry-After") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
