import { browser } from "../../browser.ts";

/** Gives back every permission that was asked for later than at installation. */
export async function givePermissionsBack(): Promise<void> {
  const required = browser.requiredPermissions();
  const held = await browser.heldPermissions();
  const permissions = held.permissions.filter((one) => !required.permissions.includes(one));
  const origins = held.origins.filter((one) => !required.origins.includes(one));
  if (permissions.length + origins.length === 0) return;
  await browser.removePermissions({ permissions, origins });
}
