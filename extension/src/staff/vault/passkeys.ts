import {
  createPasskey,
  fromBase64,
  openKeyringWithPasskey,
  SealedError,
  sealKeyringWithPasskey,
  sha256,
  toBase64,
} from "@invigil/sealed";
import type { Keyring, PublicKeys } from "@invigil/sealed";
import { browser } from "../../browser.ts";
import type { StaffApi } from "../api.ts";
import type { Me } from "../wire.ts";
import { Ledger } from "./ledger.ts";

/** Why a passkey was not made or did not open the keyring, as far as the browser tells. */
export class PasskeyRefused extends Error {
  override readonly name = "PasskeyRefused";
  /** `not-allowed`: the dialogue was closed, or no such passkey is here. `no-prf`: it cannot derive keys. */
  readonly kind: "not-allowed" | "no-prf";
  constructor(kind: "not-allowed" | "no-prf") {
    super(kind);
    this.kind = kind;
  }
}

/**
 * Unlocking with a passkey (WebAuthn PRF) whose RP ID is the extension's own id: no page of any server can ask for it.
 * The handle that names the credential is no secret; it is kept in this browser, beside the credential itself.
 */
const handles = new Ledger<Handle>("staff-passkeys");

interface Handle {
  /** `AGE-PLUGIN-FIDO2PRF-1…` */
  handle: string;
  /** The unlock method under which the server keeps the keyring sealed to it. */
  method: string;
}

function ownerOf(me: Me): string {
  return `${me.institution.slug}/${me.person.id}`;
}

/** This browser's passkey for this person's keyring at this server; null when it has none. */
export function knownPasskey({ server }: StaffApi, me: Me): Promise<Handle | null> {
  return handles.get(server, ownerOf(me));
}

/** Makes a passkey and stores the keyring a second time, sealed to it. The browser asks the person. @throws PasskeyRefused, Trouble */
export async function addPasskey(api: StaffApi, me: Me, keyring: Keyring): Promise<void> {
  const label = `${me.person.name}, ${me.institution.name}`;
  const handle = await named(createPasskey(label, browser.id()));
  const file = await named(sealKeyringWithPasskey(keyring, handle));
  const digest = toBase64(await sha256(new TextEncoder().encode(handle)));
  const method = `passkey-${digest.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
  await api.putKeyring(method, toBase64(file));
  await handles.put(api.server, ownerOf(me), { handle, method });
}

/** @throws PasskeyRefused, SealedError, Trouble */
export async function unlockWithPasskey(
  api: StaffApi,
  known: Handle,
  expected: PublicKeys | null,
): Promise<Keyring> {
  const file = (await api.keyrings()).find((one) => one.method === known.method)?.file ?? "";
  return named(openKeyringWithPasskey(fromBase64(file), known.handle, expected));
}

/** The browser's own errors by our names. */
async function named<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof DOMException) throw new PasskeyRefused("not-allowed");
    if (error instanceof SealedError) throw error;
    throw new PasskeyRefused("no-prf");
  }
}
