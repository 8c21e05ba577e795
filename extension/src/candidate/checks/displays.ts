import { browser } from "../../browser.ts";
import type { Settings } from "../../wire.ts";
import { words } from "../words.ts";
import { failed, passed } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** How many screens are connected, and whether the exam minds. */
export async function checkDisplays(settings: Settings): Promise<Finding> {
  const displays = await browser.displays();
  const count = displays.length;
  if (settings.one_screen && count > 1) return failed(words.checks.displaysTooMany(count));
  if (settings.one_screen && displays.some((display) => display.mirroringSourceId !== "")) {
    return failed(words.checks.displaysMirrored);
  }
  return passed(count === 1 ? words.checks.displaysOne : words.checks.displaysSeveral(count));
}
