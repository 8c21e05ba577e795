import { toBase64 } from "@invigil/sealed";
import type { Keyring } from "@invigil/sealed";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { fakeBrowser } from "wxt/testing/fake-browser";
import { makeInstitution } from "../../packages/sealed/vectors/institution.ts";
import type { Institution } from "../../packages/sealed/vectors/institution.ts";
import { INSTITUTION } from "../../packages/sealed/vectors/seeds.ts";
import { browser } from "../src/browser.ts";
import type { StaffApi } from "../src/staff/api.ts";
import { enter } from "../src/staff/app/enter.ts";
import type { Stranger } from "../src/staff/app/enter.ts";
import { Place } from "../src/staff/app/route.svelte.ts";
import { knownPasskey } from "../src/staff/vault/passkeys.ts";
import { metServers, pinOf, rememberCompared } from "../src/staff/vault/pins.ts";
import { meet } from "../src/staff/vault/trusted-log.ts";
import { heldKeyring, holdKeyring, keepSignIn, signIn } from "../src/staff/vault/vault.ts";
import type { Me } from "../src/staff/wire.ts";

/** Two servers that name the same institution and the same person: anybody can make the second one. */
const OWN = "https://invigil.example.edu";
const EVIL = "https://evil.example";
const KEYRING: Keyring = {
  institution: INSTITUTION,
  person: "ada",
  identity: "AGE-SECRET-KEY-PQ-1",
  seed: new Uint8Array(32),
};
const at = (server: string) => ({ server, institution: INSTITUTION, person: "ada" });
let institution: Institution;

beforeAll(async () => {
  institution = await makeInstitution();
});

beforeEach(() => {
  fakeBrowser.reset();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** A FAKE server that hands out the institution's true and public key log: whoever runs it. */
function apiOf(server: string): StaffApi {
  const { leaves, checkpoint, rootNotes } = institution;
  const log = { roots: [...rootNotes], leaves: leaves.map(toBase64), checkpoint, server_vkey: "" };
  return { server, keyLog: () => Promise.resolve(log) } as unknown as StaffApi;
}

describe("an unlocked keyring", () => {
  test("is handed to the server for which it was unlocked, and locks at the sight of another", async () => {
    await holdKeyring(OWN, KEYRING, 0);

    expect(await heldKeyring(at(OWN), 1)).toEqual(KEYRING);
    expect(await heldKeyring(at(EVIL), 2)).toBeNull();
    expect(await heldKeyring(at(OWN), 3)).toBeNull();
  });

  test("locks when the sign-in goes to another server, and stays open at the same", async () => {
    await keepSignIn({ server: OWN, token: "a", expires: 9 });
    await holdKeyring(OWN, KEYRING, 0);

    await keepSignIn({ server: OWN, token: "b", expires: 9 });
    expect(await heldKeyring(at(OWN), 1)).toEqual(KEYRING);
    await keepSignIn({ server: EVIL, token: "c", expires: 9 });
    expect(await browser.stored("session", "staff-keyring")).toBeUndefined();
  });

  test("that was kept without its server is unlocked again", async () => {
    const { seed, ...others } = KEYRING;
    const kept = { ...others, seed: toBase64(seed), touched_at: 0 };
    await browser.store("session", "staff-keyring", kept);

    expect(await heldKeyring(at(OWN), 1)).toBeNull();
  });
});

describe("an institution's root, as staff know it", () => {
  test("is met anew at another server, even when that shows the same key log", async () => {
    const first = await meet(apiOf(OWN), INSTITUTION);
    const again = await meet(apiOf(OWN), INSTITUTION);
    const elsewhere = await meet(apiOf(EVIL), INSTITUTION);

    expect([first.isFirst, again.isFirst, elsewhere.isFirst]).toEqual([true, false, true]);
    expect(await metServers()).toEqual([OWN, EVIL]);
  });

  test("of another server leaves the first use to come", async () => {
    await meet(apiOf(EVIL), INSTITUTION);

    expect(await pinOf(OWN, INSTITUTION)).toEqual({
      fingerprint: null,
      source: "first-use",
      remembered: null,
    });
  });

  test("counts as compared once a person compared it there", async () => {
    await meet(apiOf(OWN), INSTITUTION);
    await meet(apiOf(EVIL), INSTITUTION);
    const { fingerprint } = await pinOf(OWN, INSTITUTION);
    await rememberCompared(OWN, INSTITUTION, fingerprint ?? "");
    await meet(apiOf(OWN), INSTITUTION);

    expect((await pinOf(OWN, INSTITUTION)).source).toBe("compared");
    expect((await pinOf(EVIL, INSTITUTION)).source).toBe("first-use");
  });

  test("that was kept without its server belongs to the one of the sign-in", async () => {
    await meet(apiOf(OWN), INSTITUTION);
    const { remembered } = await pinOf(OWN, INSTITUTION);
    await browser.store("local", "staff-pins", { [INSTITUTION]: remembered });

    expect((await meet(apiOf(OWN), INSTITUTION)).isFirst).toBe(false);
    expect((await meet(apiOf(EVIL), INSTITUTION)).isFirst).toBe(true);
  });

  test("cannot be taken over by a server that calls its institution after another's entry", async () => {
    await meet(apiOf(OWN), INSTITUTION);

    expect((await pinOf(EVIL, `${OWN} ${INSTITUTION}`)).fingerprint).toBeNull();
    expect((await pinOf(OWN, INSTITUTION)).fingerprint).not.toBeNull();
  });
});

describe("a passkey's handle", () => {
  test("is of one server", async () => {
    const me = { institution: { slug: INSTITUTION }, person: { id: "ada" } } as Me;
    const handle = { handle: "AGE-PLUGIN-FIDO2PRF-1", method: "passkey-x" };
    await browser.store("local", "staff-passkeys", { [`${OWN} ${INSTITUTION}/ada`]: handle });

    expect(await knownPasskey(apiOf(OWN), me)).toEqual(handle);
    expect(await knownPasskey(apiOf(EVIL), me)).toBeNull();
  });
});

describe("a staff link", () => {
  const asked = vi.fn<(stranger: Stranger) => Promise<boolean>>();
  const usher = { onWait: () => undefined, ask: asked };
  const answers: Record<string, object> = {
    "/api/launches/redeem": { kind: "staff", staff_token: "new", expires: Date.now() + 60_000 },
    "/api/me": { institution: { slug: INSTITUTION, name: "Example University" } },
  };
  const follow = (server: string) => {
    const fragment = new URLSearchParams({ server, token: "launch" });
    return enter(`#${fragment.toString()}`, new Place(new AbortController().signal), usher);
  };

  beforeEach(() => {
    asked.mockReset();
    vi.spyOn(browser, "version").mockReturnValue("0.1.0");
    vi.stubGlobal("location", { hash: "", pathname: "/staff.html" });
    vi.stubGlobal("history", { replaceState: () => undefined });
    vi.stubGlobal("window", { addEventListener: () => undefined });
    vi.stubGlobal("fetch", (address: URL) =>
      Promise.resolve(
        Response.json(answers[address.pathname] ?? { code: "x", detail: "No." }, {
          status: answers[address.pathname] === undefined ? 404 : 200,
        }),
      ),
    );
  });

  test("to the person's own server, and the first link of all, ask nothing", async () => {
    await follow(OWN);
    expect((await signIn(Date.now()))?.server).toBe(OWN);
    await holdKeyring(OWN, KEYRING, Date.now());
    await follow(OWN);

    expect(asked).not.toHaveBeenCalled();
    expect(await heldKeyring(at(OWN), Date.now())).toEqual(KEYRING);
  });

  test("to another server says whose it claims to be, and changes nothing for who stays", async () => {
    await follow(OWN);
    await holdKeyring(OWN, KEYRING, Date.now());
    asked.mockResolvedValue(false);
    await follow(EVIL);

    expect(asked).toHaveBeenCalledExactlyOnceWith({
      server: EVIL,
      institution: "Example University",
      problem: null,
      home: [OWN],
      isSignedIn: true,
    });
    expect((await signIn(Date.now()))?.server).toBe(OWN);
    expect(await heldKeyring(at(OWN), Date.now())).toEqual(KEYRING);
  });

  test("to another server locks the keyring for who goes on", async () => {
    await follow(OWN);
    await holdKeyring(OWN, KEYRING, Date.now());
    asked.mockResolvedValue(true);
    await follow(EVIL);

    expect((await signIn(Date.now()))?.server).toBe(EVIL);
    expect(await heldKeyring(at(EVIL), Date.now())).toBeNull();
  });

  test("asks too when the sign-in is over: the servers that were met here are known", async () => {
    await meet(apiOf(OWN), INSTITUTION);
    asked.mockResolvedValue(false);
    await follow(EVIL);

    expect(asked.mock.calls[0]?.[0]).toMatchObject({ home: [OWN], isSignedIn: false });
    expect(await signIn(Date.now())).toBeNull();
  });

  test("that another server refuses is told without a way on", async () => {
    await follow(OWN);
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no route")));
    asked.mockResolvedValue(true);
    await follow(EVIL);

    expect(asked.mock.calls[0]?.[0]).toMatchObject({ server: EVIL, institution: null });
    expect(asked.mock.calls[0]?.[0].problem).toContain("does not answer");
    expect((await signIn(Date.now()))?.server).toBe(OWN);
  });
});
