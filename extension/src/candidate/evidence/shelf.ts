type Bytes = Uint8Array<ArrayBuffer>;

/** Sealed files on the disk, one folder for an attempt. Workers only: it uses synchronous access handles. */
export interface Shelf {
  /** Returns when the bytes are flushed to the disk. @throws DOMException `QuotaExceededError` */
  write(name: string, bytes: Bytes): Promise<void>;
  /** null when there is no such file. */
  read(name: string): Promise<Bytes | null>;
  remove(name: string): Promise<void>;
  names(): Promise<string[]>;
  /** Removes the folder and all in it. */
  removeAll(): Promise<void>;
}

const ROOM = "spool";

export async function openShelf(attempt: string): Promise<Shelf> {
  const root = await navigator.storage.getDirectory();
  const room = await root.getDirectoryHandle(ROOM, { create: true });
  const folder = await room.getDirectoryHandle(attempt, { create: true });
  return {
    async write(name, bytes) {
      const file = await folder.getFileHandle(name, { create: true });
      try {
        await writeFlushed(file, bytes);
      } catch (error) {
        await folder.removeEntry(name).catch(ignoreAbsence);
        throw error;
      }
    },
    async read(name) {
      try {
        const file = await (await folder.getFileHandle(name)).getFile();
        return new Uint8Array(await file.arrayBuffer());
      } catch (error) {
        ignoreAbsence(error);
        return null;
      }
    },
    async remove(name) {
      await folder.removeEntry(name).catch(ignoreAbsence);
    },
    async names() {
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      return names;
    },
    async removeAll() {
      await room.removeEntry(attempt, { recursive: true }).catch(ignoreAbsence);
    },
  };
}

async function writeFlushed(file: FileSystemFileHandle, bytes: Bytes): Promise<void> {
  const handle = await file.createSyncAccessHandle();
  try {
    handle.truncate(0);
    const written = handle.write(bytes, { at: 0 });
    // A short write is how a full disk may also show itself.
    if (written !== bytes.length) throw new DOMException("short write", "QuotaExceededError");
    handle.flush();
  } finally {
    handle.close();
  }
}

function ignoreAbsence(error: unknown): void {
  if (!(error instanceof DOMException) || error.name !== "NotFoundError") throw error;
}
