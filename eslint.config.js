import js from "@eslint/js";
import svelte from "eslint-plugin-svelte";
import { defineConfig, globalIgnores } from "eslint/config";
import globals from "globals";
import ts from "typescript-eslint";

const AGE = { name: "age-encryption", message: "Only packages/sealed opens and closes age files." };
const BROWSER = [
  { name: "wxt/browser", message: "extension/src/browser.ts is the only door to chrome.*." },
  { name: "@wxt-dev/browser", message: "extension/src/browser.ts is the only door to chrome.*." },
];
const UPWARDS = {
  group: ["@invigil/extension", "@invigil/extension/*", "**/extension/**", "wxt", "wxt/*"],
  message: "Packages do not know the extension.",
};
const ACROSS = {
  group: ["**/packages/*/src/**"],
  message: "Import a package by its name, through its index.",
};
const DOOR = ["chrome", "browser"].map((name) => ({
  name,
  message: "extension/src/browser.ts is the only door to chrome.*.",
}));
// The format is a pure thing: bytes in, bytes out. It keeps nothing and calls nobody.
const OUTSIDE_WORLD = [
  "document",
  "window",
  "self",
  "navigator",
  "location",
  "localStorage",
  "sessionStorage",
  "indexedDB",
  "caches",
  "fetch",
  "XMLHttpRequest",
  "WebSocket",
  "EventSource",
  "process",
  "Buffer",
].map((name) => ({ name, message: "packages/sealed has no DOM, no storage and no network." }));

/** What a folder may import; the last matching block wins, so each block is complete. */
function imports(paths, patterns) {
  return {
    "@typescript-eslint/no-restricted-imports": ["error", { paths, patterns }],
  };
}

export default defineConfig(
  globalIgnores([
    "**/.*/", // what tools and tests keep for themselves
    "**/node_modules/",
    "packages/protocol/src/openapi.ts", // generated
  ]),
  { linterOptions: { reportUnusedDisableDirectives: "error" } },
  js.configs.recommended,
  ts.configs.strictTypeChecked,
  ts.configs.stylisticTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: { ...globals.browser },
      parserOptions: { projectService: true, extraFileExtensions: [".svelte"] },
    },
    rules: {
      "max-lines": ["error", 400],
      "max-lines-per-function": ["error", { max: 60, skipComments: true, skipBlankLines: true }],
      "max-params": "off",
      "@typescript-eslint/max-params": ["error", { max: 4 }],
      complexity: ["error", 12],
      eqeqeq: "error",
      "no-console": "error",
      "no-eval": "error",
      "no-undef": "off", // the compiler knows better
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      // A number in a sentence for people needs no String().
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      // Types are aliases or interfaces as the author finds clearer.
      "@typescript-eslint/consistent-type-definitions": "off",
      "no-restricted-globals": ["error", ...DOOR],
      "no-restricted-syntax": [
        "error",
        {
          selector: "CallExpression[callee.property.name='addEventListener'][arguments.length<3]",
          message: "Every listener has an owner that can end it: pass { signal }.",
        },
        {
          selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]",
          message: "Build elements; never parse markup from strings.",
        },
        {
          selector: "CallExpression[callee.property.name='insertAdjacentHTML']",
          message: "Build elements; never parse markup from strings.",
        },
      ],
      ...imports([AGE, ...BROWSER], [ACROSS]),
    },
  },
  {
    files: ["**/*.svelte", "**/*.svelte.ts"],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      "svelte/no-at-html-tags": "error",
      "svelte/button-has-type": "error",
      "svelte/require-each-key": "error",
      // Markup is declared, not run: the budget is the file's.
      "max-lines-per-function": "off",
    },
  },
  {
    // Tables of cases: data in the form of calls, read from top to bottom.
    files: ["packages/sealed/vectors/**"],
    rules: { "max-lines-per-function": "off" },
  },
  { files: ["packages/**"], rules: imports([AGE, ...BROWSER], [UPWARDS, ACROSS]) },
  {
    files: ["packages/sealed/**"],
    rules: imports(BROWSER, [
      UPWARDS,
      ACROSS,
      { group: ["@invigil/*", "svelte", "svelte/*"], message: "The format stands on age alone." },
    ]),
  },
  {
    files: ["packages/sealed/src/**"],
    rules: { "no-restricted-globals": ["error", ...DOOR, ...OUTSIDE_WORLD] },
  },
  {
    files: ["packages/protocol/**"],
    rules: imports(
      [AGE, ...BROWSER],
      [
        UPWARDS,
        ACROSS,
        { group: ["@invigil/*", "svelte", "svelte/*"], message: "The protocol knows no page." },
      ],
    ),
  },
  {
    files: ["packages/ui/**"],
    rules: imports(
      [AGE, ...BROWSER],
      [UPWARDS, ACROSS, { group: ["@invigil/*"], message: "Components know no exam." }],
    ),
  },
  {
    files: ["extension/src/entrypoints/**/*.ts"],
    rules: { "max-lines": ["error", 40] }, // entry points wire, they do not work
  },
  {
    files: ["extension/src/browser.ts"],
    rules: { ...imports([AGE], [ACROSS]), "no-restricted-globals": "off" },
  },
  {
    files: ["**/tests/**/*.ts", "**/*.test.ts"],
    rules: {
      // describe() is one function around many tests.
      "max-lines-per-function": "off",
    },
  },
  {
    files: ["campus/src/campus/static/**"],
    rules: { "no-restricted-syntax": "off" }, // a plain page's script ends with its page
  },
  {
    files: ["**/*.js", "**/*.config.ts"],
    extends: [ts.configs.disableTypeChecked],
    languageOptions: { globals: { ...globals.node } },
  },
);
