import { describe, expect, test } from "vitest";
import { parseLaunch, takeLaunch } from "../../src/candidate/pages/launch-link.ts";

const TOKEN = "t".repeat(43);
const link = (changes: Record<string, string> = {}): string =>
  `#${new URLSearchParams({ v: "1", for: "candidate", server: "https://exams.example.org", token: TOKEN, ...changes }).toString()}`;

describe("a launch link", () => {
  test("is read into server and token", () => {
    expect(parseLaunch(link())).toEqual({
      for: "candidate",
      server: "https://exams.example.org",
      token: TOKEN,
      root: null,
    });
  });

  test("tells which root the course names", () => {
    expect(parseLaunch(link({ root: "AB12" }))?.root).toBe("ab12");
  });

  test.each(["http://127.0.0.1:8400", "http://localhost:8400"])(
    "may use plain http to this computer: %s",
    (server) => {
      expect(parseLaunch(link({ server }))?.server).toBe(server);
    },
  );

  test.each([
    ["plain http over a network", { server: "http://exams.example.org" }],
    ["a path behind the origin", { server: "https://exams.example.org/x" }],
    ["a login in the address", { server: "https://a:b@exams.example.org" }],
    ["a script", { server: "javascript:alert(1)" }],
    ["no address", { server: "exams" }],
    ["another version", { v: "2" }],
    ["another reader", { for: "anyone" }],
    ["a short token", { token: "abc" }],
    ["a token with other characters", { token: `${TOKEN} <x>` }],
  ])("is refused with %s", (_, changes) => {
    expect(parseLaunch(link(changes))).toBeNull();
  });

  test("is refused when it is longer than any launch", () => {
    expect(parseLaunch(link({ more: "x".repeat(3000) }))).toBeNull();
  });

  test("leaves the address as soon as it is read", () => {
    const kept: unknown[] = [];
    const location = { hash: link(), pathname: "/open.html" } as Location;
    const history = { replaceState: (...all: unknown[]) => kept.push(all) } as unknown as History;

    expect(takeLaunch(location, history)?.token).toBe(TOKEN);
    expect(kept).toEqual([[null, "", "/open.html"]]);
  });
});
