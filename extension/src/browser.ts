/**
 * The only door to `chrome.*`: the few calls that Invigil makes, under its own names, promises only.
 * Offscreen documents have `runtime` and nothing else; the other members exist in background and pages.
 */
export type MessageSender = chrome.runtime.MessageSender;
export type Port = chrome.runtime.Port;
export type DisplayUnit = chrome.system.display.DisplayUnitInfo;

export interface Permissions {
  permissions: string[];
  origins: string[];
}

type Listener = (message: unknown, sender: MessageSender) => Promise<unknown> | undefined;

/** chrome's own type lists its permissions; ours come from {@link Permissions} and the manifest. */
function asChrome(wanted: Permissions): chrome.permissions.Permissions {
  return wanted as chrome.permissions.Permissions;
}

const messaging = {
  id: (): string => chrome.runtime.id,
  version: (): string => chrome.runtime.getManifest().version,
  /** Absolute address of a file of the extension. */
  url: (path: string): string => chrome.runtime.getURL(path),

  /** The answer, or undefined where nobody listens. */
  async send(message: object): Promise<unknown> {
    try {
      return await chrome.runtime.sendMessage<object, unknown>(message);
    } catch {
      return undefined;
    }
  },

  /** A listener that returns undefined leaves the message to others. */
  onMessage(listener: Listener): void {
    chrome.runtime.onMessage.addListener((message: unknown, sender, respond) => {
      const reply = listener(message, sender);
      if (reply === undefined) return false;
      void reply.then(respond);
      return true;
    });
  },

  connect: (name: string): Port => chrome.runtime.connect({ name }),
  onConnect(listener: (port: Port) => void): void {
    chrome.runtime.onConnect.addListener(listener);
  },
  onInstalled(listener: () => void): void {
    chrome.runtime.onInstalled.addListener(listener);
  },
  onStartup(listener: () => void): void {
    chrome.runtime.onStartup.addListener(listener);
  },
};

const storage = {
  /** Parsed by the caller: storage is an edge. */
  async stored(area: "local" | "session" | "managed", key: string): Promise<unknown> {
    const found: Record<string, unknown> = await chrome.storage[area].get(key);
    return found[key];
  },
  async store(area: "local" | "session", key: string, value: unknown): Promise<void> {
    await chrome.storage[area].set({ [key]: value });
  },
  async forget(area: "local" | "session", key: string): Promise<void> {
    await chrome.storage[area].remove(key);
  },
  /** Content scripts may read `local` unless told otherwise. */
  async closeStorageToContentScripts(): Promise<void> {
    await chrome.storage.local.setAccessLevel({ accessLevel: "TRUSTED_CONTEXTS" });
  },
};

const offscreen = {
  async hasOffscreen(): Promise<boolean> {
    const contexts = await chrome.runtime.getContexts({ contextTypes: ["OFFSCREEN_DOCUMENT"] });
    return contexts.length > 0;
  },
  async openOffscreen(path: string, justification: string): Promise<void> {
    const { USER_MEDIA, DISPLAY_MEDIA, WORKERS } = chrome.offscreen.Reason;
    const reasons = [USER_MEDIA, DISPLAY_MEDIA, WORKERS];
    await chrome.offscreen.createDocument({ url: path, reasons, justification });
  },
  closeOffscreen: (): Promise<void> => chrome.offscreen.closeDocument(),
};

/** A page of the extension's that is open in a tab. */
export interface OwnPage {
  tab: number;
  url: string;
}

const tabs = {
  async ownPages(): Promise<OwnPage[]> {
    const contexts = await chrome.runtime.getContexts({ contextTypes: ["TAB"] });
    return contexts.map(({ tabId, documentUrl }) => ({ tab: tabId, url: documentUrl ?? "" }));
  },
  async openTab(url: string): Promise<number | null> {
    return (await chrome.tabs.create({ url })).id ?? null;
  },
  async goTo(tab: number, url: string): Promise<void> {
    await chrome.tabs.update(tab, { url, active: true });
  },
  /** False when the tab is not there any more. */
  async showTab(tab: number): Promise<boolean> {
    try {
      const shown = await chrome.tabs.update(tab, { active: true });
      if (shown !== undefined) await chrome.windows.update(shown.windowId, { focused: true });
      return shown !== undefined;
    } catch {
      return false;
    }
  },
  onTabClosed(listener: (tab: number) => void): void {
    chrome.tabs.onRemoved.addListener(listener);
  },
};

const permissions = {
  /** Only from a click in a page of ours; shows the browser's own dialogue. */
  requestPermissions: (wanted: Permissions): Promise<boolean> =>
    chrome.permissions.request(asChrome(wanted)),
  hasPermissions: (wanted: Permissions): Promise<boolean> =>
    chrome.permissions.contains(asChrome(wanted)),
  removePermissions: (unwanted: Permissions): Promise<boolean> =>
    chrome.permissions.remove(asChrome(unwanted)),
  async heldPermissions(): Promise<Permissions> {
    const held = await chrome.permissions.getAll();
    return { permissions: held.permissions ?? [], origins: held.origins ?? [] };
  },
  requiredPermissions(): Permissions {
    const manifest: {
      permissions?: string[] | undefined;
      host_permissions?: string[] | undefined;
    } = chrome.runtime.getManifest();
    const { permissions = [], host_permissions = [] } = manifest;
    return { permissions, origins: host_permissions };
  },
};

const scripting = {
  /** Runs the script in these pages from now on, also after a page load; replaces an earlier registration. */
  async registerScript(name: string, file: string, matches: string[]): Promise<void> {
    await scripting.unregisterScript(name);
    await chrome.scripting.registerContentScripts([
      { id: name, js: [file], matches, runAt: "document_idle", persistAcrossSessions: true },
    ]);
  },
  async unregisterScript(name: string): Promise<void> {
    const known = await chrome.scripting.getRegisteredContentScripts({ ids: [name] });
    if (known.length > 0) await chrome.scripting.unregisterContentScripts({ ids: [name] });
  },
  /** Runs `work` in one document of a tab and in no later one. `work` may use nothing from outside itself. */
  async runInDocument<A extends unknown[], R>(
    place: { tab: number; document: string },
    work: (...args: A) => R,
    args: A,
  ): Promise<R | undefined> {
    const target = { tabId: place.tab, documentIds: [place.document] };
    const [first] = await chrome.scripting.executeScript({ target, func: work, args });
    return first?.result;
  },
};

const alarms = {
  async setAlarm(name: string, every_min: number): Promise<void> {
    await chrome.alarms.create(name, { periodInMinutes: every_min });
  },
  async clearAlarm(name: string): Promise<void> {
    await chrome.alarms.clear(name);
  },
  onAlarm(listener: (name: string) => void): void {
    chrome.alarms.onAlarm.addListener((alarm) => {
      listener(alarm.name);
    });
  },
};

const displays = {
  displays: (): Promise<DisplayUnit[]> => chrome.system.display.getInfo(),
};

export const browser = {
  ...messaging,
  ...storage,
  ...offscreen,
  ...tabs,
  ...permissions,
  ...scripting,
  ...alarms,
  ...displays,
};
