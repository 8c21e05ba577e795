import type { Keyring } from "@invigil/sealed";
import { getContext, setContext, untrack } from "svelte";
import { explain, isSignedOut } from "../explain.ts";
import { StaffApi } from "../api.ts";
import type { Me } from "../wire.ts";
import { heldKeyring, holdKeyring, lock, signIn, signOut } from "../vault/vault.ts";

/** Who sits at the staff app: the sign-in, the person, and the keyring while it is unlocked. */
export class Desk {
  api = $state.raw<StaffApi | null>(null);
  me = $state.raw<Me | null>(null);
  keyring = $state.raw<Keyring | null>(null);
  /** The phrase just shown or typed, for the one step that follows it; never kept longer. */
  phrase: string | null = null;
  hasLooked = $state(false);
  error = $state<string | null>(null);

  /** Takes up a kept sign-in, asks who we are, and whether the keyring is still open. */
  async look(): Promise<void> {
    this.error = null;
    try {
      const kept = await signIn(Date.now());
      this.api = kept === null ? null : new StaffApi(kept.server, kept.token);
      await this.refresh();
    } catch (error) {
      if (isSignedOut(error)) await this.leave();
      else this.error = explain(error);
    } finally {
      this.hasLooked = true;
    }
  }

  async refresh(): Promise<void> {
    if (this.api === null) return;
    this.me = await this.api.me();
    const { institution, person } = this.me;
    this.keyring = await heldKeyring(
      { server: this.api.server, institution: institution.slug, person: person.id },
      Date.now(),
    );
  }

  async unlocked(keyring: Keyring): Promise<void> {
    if (this.api === null) throw new TypeError("a keyring is unlocked for a server");
    await holdKeyring(this.api.server, keyring, Date.now());
    this.keyring = keyring;
  }

  async lock(): Promise<void> {
    await lock();
    this.keyring = null;
    this.phrase = null;
  }

  async leave(): Promise<void> {
    await signOut();
    this.api = null;
    this.me = null;
    this.keyring = null;
    this.phrase = null;
  }
}

/** What every page behind the gates can rely on. */
export interface Bench {
  api: StaffApi;
  me: Me;
  keyring: Keyring;
}

const BENCH = Symbol("bench");

export function provideBench(bench: () => Bench): void {
  setContext(BENCH, bench);
}

/** Signed in, certified, unlocked: in a page behind the gates. */
export function useBench(): Bench {
  return getContext<() => Bench>(BENCH)();
}

/** One piece of work of a page: busy, and what went wrong, in words. */
export class Work {
  isBusy = $state(false);
  error = $state<string | null>(null);

  /** Runs once; a second press while it works does nothing. Answers whether it went well. */
  async run(work: () => Promise<void>): Promise<boolean> {
    // Unseen by an effect that starts work: it would start it again at every end.
    if (untrack(() => this.isBusy)) return false;
    this.isBusy = true;
    this.error = null;
    try {
      await work();
      return true;
    } catch (error) {
      this.error = explain(error);
      return false;
    } finally {
      this.isBusy = false;
    }
  }
}
