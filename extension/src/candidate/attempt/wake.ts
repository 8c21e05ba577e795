import { browser } from "../../browser.ts";

/** Why the service worker runs: the extension is new here, the browser was started, or an event woke it. */
export type Wake = "first-run" | "start" | "wake-up";

/** Session storage lives as long as the browser, local storage as long as the profile. */
export async function whichWake(): Promise<Wake> {
  const is_awake = (await browser.stored("session", "awake")) === true;
  const is_installed = (await browser.stored("local", "installed")) === true;
  await browser.store("session", "awake", true);
  await browser.store("local", "installed", true);
  if (is_awake) return "wake-up";
  return is_installed ? "start" : "first-run";
}
