import { browser } from "../../browser.ts";

/** Gives back every permission that was asked for later than at installation. */
export async function givePermissionsBack(): Promise<void> {
  const required = new Set(browser.requiredPermissions());
  const held = await browser.heldPermissions();
  const permissions = held.permissions.filter((permission) => !required.has(permission));
  if (permissions.length + held.origins.length === 0) return;
  await browser.removePermissions({ permissions, origins: held.origins });
}
