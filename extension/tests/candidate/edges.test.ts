import { describe, expect, test } from "vitest";
import { codeFieldOf, placeOf } from "../../src/candidate/attach/place.ts";
import { receiptOf } from "../../src/candidate/evidence/closing.ts";
import { reachedMs } from "../../src/candidate/evidence/leaves.ts";
import { quizOrigins } from "../../src/candidate/permissions/needed.ts";
import { isNewEnough } from "../../src/candidate/trust/walk.ts";
import { httpTo } from "../../src/http.ts";
import { Trouble } from "../../src/problems.ts";
import { SETTINGS } from "./launches.ts";

const text = (...lines: string[]): Uint8Array<ArrayBuffer> =>
  new TextEncoder().encode(`${lines.join("\n")}\n`);

/** What `fetch` answers once; the request it saw is kept. */
function answering(status: number, body: string, headers: Record<string, string> = {}) {
  const seen: { url: string; headers: Headers }[] = [];
  const fetching = ((url: URL, request: RequestInit) => {
    seen.push({ url: url.href, headers: new Headers(request.headers) });
    return Promise.resolve(new Response(body, { status, headers }));
  }) as typeof fetch;
  return { fetching, seen };
}

async function problemOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => (error instanceof Trouble ? error.problem : error),
  );
}

describe("calls to the server", () => {
  const call = { method: "GET", path: "/api/x", token: "iat1.secret.mac" } as const;

  test("a token goes into its header, never into the address", async () => {
    const { fetching, seen } = answering(200, "{}");
    await httpTo("https://a.example", fetching)(call);

    expect(seen[0]?.headers.get("Authorization")).toBe("Bearer iat1.secret.mac");
    expect(seen[0]?.url).toBe("https://a.example/api/x");
  });

  test("a problem keeps its code, its sentence and the server's wish to wait", async () => {
    const body = JSON.stringify({ code: "busy", detail: "Wait a little." });
    const headers = { "Content-Type": "application/problem+json", "Retry-After": "7" };
    const { fetching } = answering(503, body, headers);

    const problem = await problemOf(httpTo("https://a.example", fetching)(call));

    const expected = { kind: "server", code: "busy", status: 503, detail: "Wait a little." };
    expect(problem).toEqual({ ...expected, retry_after_s: 7 });
  });

  test.each([
    { whose: "a proxy's 503", status: 503, type: "text/html", kind: "server" },
    { whose: "a captive portal's page", status: 200, type: "text/html", kind: "bad-answer" },
    { whose: "another product's 404", status: 404, type: "application/json", kind: "bad-answer" },
  ])("$whose is told from our server's words", async ({ status, type, kind }) => {
    const { fetching } = answering(status, "<html>", { "Content-Type": type });

    expect(await problemOf(httpTo("https://a.example", fetching)(call))).toMatchObject({ kind });
  });

  test("no network is offline, and its error names no token", async () => {
    const fetching = (() => Promise.reject(new TypeError("iat1.secret.mac"))) as typeof fetch;

    const work = httpTo("https://a.example", fetching)(call);

    await expect(work).rejects.toThrow(/^offline$/u);
  });
});

describe("the quiz", () => {
  test.each([
    ["https://lms.example.org/mod/quiz/view.php?id=7", "start"],
    ["https://lms.example.org/mod/quiz/attempt.php?attempt=1&page=2", "taking"],
    ["https://lms.example.org/mod/quiz/review.php?attempt=1", "after"],
    ["https://lms.example.org/my/", "before"],
    ["https://evil.example/mod/quiz/review.php?attempt=1", "before"],
  ])("%s is %s", (address, place) => {
    expect(placeOf(address, SETTINGS.quiz)).toBe(place);
  });

  test("a pattern that cannot be read matches nothing", () => {
    const quiz = { ...SETTINGS.quiz, exam_end: "" };

    expect(placeOf("https://lms.example.org/", quiz)).toBe("before");
  });

  const [LAUNCH, LOGIN] = [SETTINGS.quiz.launch_url, "https://lms.example.org/login/index.php"];
  const TAKING = "https://lms.example.org/mod/quiz/attempt.php?attempt=1";
  const unnamed = { ...SETTINGS.quiz, exam_start: "" };

  test.each([
    ["its start page", LAUNCH, SETTINGS.quiz, "any"],
    ["no other page", LOGIN, SETTINGS.quiz, "none"],
    ["where it was opened, if no start page is named", LAUNCH, unnamed, "any"],
    ["no sign-in on the way", LOGIN, unnamed, "known"],
    ["no question", TAKING, unnamed, "none"],
  ] as const)("is given its access code on %s", (_, address, quiz, field) => {
    expect(codeFieldOf(address, quiz)).toBe(field);
  });

  test("asks for its own origins, with their ports, and never for all of the web", () => {
    const quiz = {
      ...SETTINGS.quiz,
      launch_url: "http://127.0.0.1:8401/quiz/1",
      exam_end: "*://*/done",
    };

    expect(quizOrigins({ ...SETTINGS, quiz })).toEqual([
      "http://127.0.0.1:8401/*",
      "https://lms.example.org/*",
    ]);
  });
});

describe("what leaves say", () => {
  test("the time reached is the last of camera and screen, not of the diary", () => {
    const leaf = (stream: string, times: string) =>
      text("invigil/v1/segment", "a", stream, "0", times, "1", "hash");

    const reached = reachedMs([
      text("invigil/v1/open", "demo", "a", "scope", "9999 9999"),
      leaf("camera", "0 5060 whole"),
      leaf("screen", "0 5000 whole"),
      leaf("events", "0 9999 whole"),
    ]);

    expect(reached).toBe(5_060);
  });

  test("a receipt counts what the close counts", () => {
    const close = text("invigil/v1/close", "a", "61000", "camera=12 screen=13");

    const receipt = receiptOf([text("x"), close], { note: "n", opened_ms: 1_000, bytes: 5 });

    expect(receipt).toEqual({
      note: "n",
      log_size: 2,
      closed_at: 62_000,
      counts: { camera: 12, screen: 13 },
      bytes: 5,
      complete: true,
    });
  });
});

test.each([
  ["0.1.0", "0.1.0", true],
  ["0.2.0", "0.1.9", true],
  ["0.1.9", "0.2.0", false],
  ["1.0.0", "0.9.9", true],
  ["0.10.0", "0.9.0", true],
])("version %s against a minimum of %s: %s", (ours, minimum, expected) => {
  expect(isNewEnough(ours, minimum)).toBe(expected);
});
