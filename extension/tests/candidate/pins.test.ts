import { fingerprintHex, toBase64 } from "@invigil/sealed";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { fakeBrowser } from "wxt/testing/fake-browser";
import { makeInstitution, replay } from "../../../packages/sealed/vectors/institution.ts";
import type { Institution } from "../../../packages/sealed/vectors/institution.ts";
import { INSTITUTION } from "../../../packages/sealed/vectors/seeds.ts";
import { browser } from "../../src/browser.ts";
import type { Conductor } from "../../src/candidate/attempt/conductor.ts";
import { pageDesk } from "../../src/candidate/attempt/page-desk.ts";
import type { Office } from "../../src/candidate/attempt/page-desk.ts";
import type { PinSource } from "../../src/candidate/attempt/state.ts";
import { pinOf, rememberPin } from "../../src/candidate/trust/pins.ts";
import type { StaffApi } from "../../src/staff/api.ts";
import { meet } from "../../src/staff/vault/trusted-log.ts";

const SERVER = "https://invigil.example.edu";
const ROOT = "ab".repeat(32);
const OTHER = "cd".repeat(32);

beforeEach(() => {
  fakeBrowser.reset();
});

afterEach(() => {
  vi.restoreAllMocks();
});

function setPolicy(roots: Record<string, string> | null): void {
  const truly = browser.stored.bind(browser);
  vi.spyOn(browser, "stored").mockImplementation((area, key) =>
    area === "managed" ? Promise.resolve(roots ?? undefined) : truly(area, key),
  );
}

async function known(fingerprint: string, source: PinSource): Promise<void> {
  await rememberPin(SERVER, INSTITUTION, { fingerprint, source, head: null });
}

async function source(): Promise<PinSource | undefined> {
  return (await pinOf(SERVER, INSTITUTION))?.source;
}

describe("a root that a policy sets", () => {
  test("counts as the policy's while the policy is there, and as what was known before afterwards", async () => {
    await known(ROOT, "compared");
    setPolicy({ [INSTITUTION]: ROOT });
    await known(ROOT, "managed");
    expect(await source()).toBe("managed");

    vi.restoreAllMocks();
    expect(await source()).toBe("compared");
  });

  test.each([null, OTHER])("was a first use where %s was known before", async (before) => {
    if (before !== null) await known(before, "compared");
    setPolicy({ [INSTITUTION]: ROOT });
    await known(ROOT, "managed");

    vi.restoreAllMocks();
    expect(await pinOf(SERVER, INSTITUTION)).toMatchObject({
      fingerprint: ROOT,
      source: "first-use",
    });
  });

  test("was a first use also where it was kept as a policy's", async () => {
    const kept = { fingerprint: ROOT, source: "managed", head: null };
    await browser.store("local", "pins", { [`${SERVER} ${INSTITUTION}`]: kept });

    expect(await source()).toBe("first-use");
  });
});

describe("a root that a policy sets in capitals", () => {
  let institution: Institution;
  let fingerprint: string;

  beforeAll(async () => {
    institution = await makeInstitution();
    fingerprint = fingerprintHex((await replay(institution)).fingerprint);
  });

  test("is the same root to candidates and to staff", async () => {
    const { leaves, checkpoint, rootNotes } = institution;
    const log = { roots: [...rootNotes], leaves: leaves.map(toBase64), checkpoint };
    const keyLog = () => Promise.resolve({ ...log, server_vkey: "" });
    setPolicy({ [INSTITUTION]: ` ${fingerprint.toUpperCase()} ` });

    expect((await pinOf(SERVER, INSTITUTION))?.fingerprint).toBe(fingerprint);
    const met = await meet({ server: SERVER, keyLog } as unknown as StaffApi, INSTITUTION);
    expect(met).toMatchObject({ source: "managed", isFirst: false });
  });

  test("stops staff where the server shows another", async () => {
    const { leaves, checkpoint, rootNotes } = institution;
    const log = { roots: [...rootNotes], leaves: leaves.map(toBase64), checkpoint };
    const keyLog = () => Promise.resolve({ ...log, server_vkey: "" });
    setPolicy({ [INSTITUTION]: OTHER.toUpperCase() });

    await expect(
      meet({ server: SERVER, keyLog } as unknown as StaffApi, INSTITUTION),
    ).rejects.toMatchObject({ kind: "untrusted", reason: "wrong-root" });
  });
});

describe("“the words are the same”", () => {
  async function say(): Promise<void> {
    const record = { server: SERVER, institution: { slug: INSTITUTION } };
    const office = {
      store: { expect: () => Promise.resolve(record) },
      conductor: { checkKey: () => Promise.resolve({ standing: null }) } as unknown as Conductor,
      audience: { isElsewhere: () => false },
    } as unknown as Office;
    await pageDesk(office)["key.compared"]({}, { tab: 1 } as never);
  }

  test.each(["first-use", "course"] as const)("counts for more than %s", async (before) => {
    await known(ROOT, before);
    await say();

    expect(await source()).toBe("compared");
  });

  test("leaves a policy the last word", async () => {
    setPolicy({ [INSTITUTION]: ROOT });
    await say();

    expect(await source()).toBe("managed");
  });
});
