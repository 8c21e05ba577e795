/** Imports between TypeScript files: no cycles, and one direction between rooms. */

import { globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const PACKAGE = /^@invigil\/(sealed|protocol|ui)$/;
const SCRIPT = /<script[^>]*>([\s\S]*?)<\/script>/g;
const FILES = globSync(["extension/src/**/*.{ts,svelte}", "packages/*/src/**/*.{ts,svelte}"], {
  cwd: ROOT,
}).filter((file) => !file.endsWith(".test.ts"));

/** Innermost last. A room imports from its own row and from the rows below it, never upwards. */
const ROOMS = [
  /^extension\/src\/entrypoints\//,
  // The list of messages names what the rooms say to each other, so it stands among them.
  /^extension\/src\/(candidate\/|staff\/|messages\.ts$)/,
  /^extension\/src\//,
  /^packages\//,
];

const SIDES = new Set(["candidate", "staff"]);

test("no TypeScript file imports itself, however far around", () => {
  expect(cycles(graph())).toEqual([]);
});

test("entry points import rooms, rooms import the shared ground, and never upwards", () => {
  const upwards = edges().filter(([from, to]) => level(to) < level(from));

  expect(upwards).toEqual([]);
});

test("the candidate's side and the staff's side do not know each other", () => {
  const across = edges().filter(
    ([from, to]) => SIDES.has(side(from)) && SIDES.has(side(to)) && side(from) !== side(to),
  );

  expect(across).toEqual([]);
});

test("the reader of imports sees what there is", () => {
  expect(edges()).toContainEqual([
    "packages/protocol/src/index.ts",
    "packages/protocol/src/extension-id.ts",
  ]);
  expect(
    cycles(
      new Map([
        ["a", ["b"]],
        ["b", ["c"]],
        ["c", ["a"]],
      ]),
    ),
  ).toEqual(["a → b → c → a"]);
});

function level(file: string): number {
  return ROOMS.findIndex((room) => room.test(file));
}

function side(file: string): string {
  return file.startsWith("extension/") ? (file.split("/")[2] ?? "") : "";
}

function edges(): [string, string][] {
  return [...graph()].flatMap(([from, targets]) =>
    targets.map((to): [string, string] => [from, to]),
  );
}

function graph(): Map<string, string[]> {
  const known = new Set(FILES);
  return new Map(FILES.map((file) => [file, targetsOf(file).filter((to) => known.has(to))]));
}

function targetsOf(file: string): string[] {
  const text = readFileSync(join(ROOT, file), "utf8");
  const source = file.endsWith(".svelte")
    ? [...text.matchAll(SCRIPT)].map((script) => script[1]).join("\n")
    : text;
  return ts
    .preProcessFile(source)
    .importedFiles.map((imported) => resolved(file, imported.fileName));
}

function resolved(from: string, name: string): string {
  const packageName = PACKAGE.exec(name)?.[1];
  if (packageName !== undefined) return `packages/${packageName}/src/index.ts`;
  if (!name.startsWith(".")) return name;
  const path = relative(ROOT, resolve(ROOT, dirname(from), name));
  return [path, `${path}.ts`, `${path}/index.ts`].find((file) => FILES.includes(file)) ?? path;
}

/** One line for each cycle found by a depth-first walk. */
function cycles(imports: Map<string, string[]>): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (file: string, trail: string[]): void => {
    if (trail.includes(file)) {
      found.push([...trail.slice(trail.indexOf(file)), file].join(" → "));
      return;
    }
    if (done.has(file)) return;
    for (const next of imports.get(file) ?? []) walk(next, [...trail, file]);
    done.add(file);
  };
  for (const file of imports.keys()) walk(file, []);
  return found;
}
