import type { AttemptCalls } from "../../server.ts";
import { trouble } from "../../problems.ts";
import type { SpooledFile } from "./database.ts";
import { Queue } from "./queue.ts";
import type { QueueNews, QueueWorld } from "./queue.ts";
import type { Spool } from "./spool.ts";

/** Sends the spool's files; knows which leaves still wait for theirs. */
export class Uploads {
  readonly #spool: Spool;
  readonly #calls: AttemptCalls;
  readonly #queue: Queue<SpooledFile>;
  readonly #left = new Map<number, number>();
  #bytes_sent: number;

  constructor(place: { spool: Spool; calls: AttemptCalls; world: QueueWorld; bytes_sent: number }) {
    this.#spool = place.spool;
    this.#calls = place.calls;
    this.#bytes_sent = place.bytes_sent;
    const send = (file: SpooledFile): Promise<void> => this.#send(file);
    this.#queue = new Queue(send, place.world);
  }

  add(file: SpooledFile): void {
    if (this.#left.has(file.leaf_index)) return;
    this.#left.set(file.leaf_index, file.length);
    this.#queue.add(file);
  }

  /** Every file of the leaves below this is stored by the server. */
  get storedBelow(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.#left.keys());
  }

  get standing(): QueueNews & { files_left: number; bytes_left: number; bytes_sent: number } {
    const bytes_left = [...this.#left.values()].reduce((sum, bytes) => sum + bytes, 0);
    return {
      ...this.#queue.news,
      files_left: this.#left.size,
      bytes_left,
      bytes_sent: this.#bytes_sent,
    };
  }

  wake(): void {
    this.#queue.wake();
  }

  async #send(file: SpooledFile): Promise<void> {
    const bytes = await this.#spool.bytesOf(file);
    // The disk lost what it promised to keep. The log names the file, so nothing can stand in for it.
    if (bytes?.length !== file.length) throw trouble("secrets-lost");
    const { stream, index, digest } = file;
    await this.#calls.putFile({ stream, index, bytes, digest });
    await this.#spool.markUploaded(file);
    this.#left.delete(file.leaf_index);
    this.#bytes_sent += file.length;
  }
}
