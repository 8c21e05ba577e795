import { askBackground } from "../../messages.ts";
import { explain } from "../explain.ts";
import { words } from "../words.ts";
import { failed, passed } from "./finding.ts";
import type { Finding } from "./finding.ts";

/** Whether what is recorded can be sealed to the institution's key and to no other. Never passed over. */
export async function checkKey(): Promise<Finding> {
  const answer = await askBackground("key.check", {});
  if (!answer.ok) return failed(explain(answer.problem));
  return answer.value.is === "trusted"
    ? passed(words.checks.keyGood)
    : failed(words.contact.refused[answer.value.reason]);
}
