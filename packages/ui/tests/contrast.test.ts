import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const css = readFileSync(new URL("../src/styles/tokens.css", import.meta.url), "utf8");
type Scheme = "light" | "dark";

/** The token's OKLCH triple in one scheme. */
function token(name: string, scheme: Scheme): [number, number, number] {
  const pair = new RegExp(
    `--${name}: light-dark\\(oklch\\(([^)]*)\\), oklch\\(([^)]*)\\)\\)`,
    "u",
  ).exec(css);
  const text = pair?.[scheme === "light" ? 1 : 2];
  if (text === undefined) throw new Error(`no token --${name}`);
  const [l = NaN, c = NaN, h = NaN] = text.split(" ").map(Number);
  return [l, c, h];
}

/** Relative luminance (WCAG 2.2) of an OKLCH colour, through linear sRGB (Ottosson 2020). */
function luminance([l, c, h]: [number, number, number]): number {
  const a = c * Math.cos((h * Math.PI) / 180);
  const b = c * Math.sin((h * Math.PI) / 180);
  const long = (l + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (l - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (l - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const clip = (x: number): number => Math.min(1, Math.max(0, x));
  const red = clip(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short);
  const green = clip(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short);
  const blue = clip(-0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string, scheme: Scheme): number {
  const [bright = 0, dim = 0] = [
    luminance(token(one, scheme)),
    luminance(token(other, scheme)),
  ].sort((x, y) => y - x);
  return (bright + 0.05) / (dim + 0.05);
}

const text = [
  ...["paper", "surface", "sunken"].flatMap((ground) =>
    ["ink", "ink-muted", "accent", "good", "warn", "bad"].map((ink) => [ink, ground]),
  ),
  ...["good", "warn", "bad", "accent"].flatMap((tone) => [
    [tone, `${tone}-tint`],
    ["ink", `${tone}-tint`],
  ]),
  ["on-accent", "accent"],
  ["on-accent", "accent-hover"],
] as [string, string][];

describe.each(["light", "dark"] as const)("in the %s scheme", (scheme) => {
  test.each(text)("--%s on --%s reads at 4.5:1 or more", (ink, ground) => {
    expect(contrast(ink, ground, scheme)).toBeGreaterThanOrEqual(4.5);
  });

  test.each(["paper", "surface", "sunken"])(
    "a control's border on --%s stands at 3:1 or more",
    (ground) => {
      expect(contrast("line-control", ground, scheme)).toBeGreaterThanOrEqual(3);
    },
  );
});

test("black on white measures 21:1, so the measure itself is right", () => {
  expect((luminance([1, 0, 0]) + 0.05) / (luminance([0, 0, 0]) + 0.05)).toBeCloseTo(21, 1);
});
