import { browser } from "../../browser.ts";

/**
 * What this browser keeps of each server by itself. Anybody may run a server that names the same institution and the same
 * people: it finds nothing of what was kept of another.
 */
export class Ledger<T> {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  /** What was kept before servers were told apart goes to the first that asks: that of the sign-in. */
  async get(server: string, name: string): Promise<T | null> {
    const all = await this.#all();
    const own = all[placed(server, name)];
    // A name with a space could be one that is placed, at another server.
    if (own !== undefined || name.includes(" ") || !Object.hasOwn(all, name)) return own ?? null;
    const { [name]: found, ...others } = all;
    await browser.store("local", this.#key, { ...others, [placed(server, name)]: found });
    return found ?? null;
  }

  async put(server: string, name: string, value: T): Promise<void> {
    const all = await this.#all();
    await browser.store("local", this.#key, { ...all, [placed(server, name)]: value });
  }

  /** Every server of which something is kept. */
  async servers(): Promise<string[]> {
    const names = Object.keys(await this.#all()).filter((name) => name.includes(" "));
    return [...new Set(names.map((name) => name.slice(0, name.indexOf(" "))))];
  }

  async #all(): Promise<Partial<Record<string, T>>> {
    // Written by this class only.
    return (await browser.stored("local", this.#key)) ?? {};
  }
}

function placed(server: string, name: string): string {
  return `${server} ${name}`;
}
