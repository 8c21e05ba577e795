import { fromBase64 } from "@invigil/sealed";
import type { Signer } from "@invigil/sealed";
import { cosign } from "../../../packages/sealed/vectors/institution.ts";

interface Refusal {
  status: number;
  code: string;
  [fact: string]: unknown;
}
interface Tail {
  from: number;
  leaves: string[];
  checkpoint: string;
}

/** A FAKE server: keeps files and leaves in memory and cosigns by the rules of wire.md §5. It trusts signatures and hashes. */
export class FakeServer {
  leaves: string[] = [];
  readonly files = new Set<string>();
  /** What it answers instead, to calls whose path ends so. */
  readonly refusals = new Map<string, Refusal>();
  readonly #signer: Signer;

  constructor(signer: Signer) {
    this.#signer = signer;
  }

  fetching = (async (url: URL, init: RequestInit) => {
    const path = url.pathname.split("/").slice(4);
    const refusal = this.refusals.get(path[0] ?? "");
    if (refusal !== undefined) return refused(refusal);
    if (path[0] === "segments") {
      this.files.add(path.slice(1).join("/"));
      return Response.json({ stored: true, new: true });
    }
    if (path[0] === "log") return this.#append(JSON.parse(init.body as string) as Tail);
    return Response.json({ state: "running", server_time: 0 });
  }) as typeof fetch;

  /** Goes back to a backup that has the first `size` leaves; of the files it has those that `keeps` says. */
  restore(size: number, keeps: (file: string) => boolean): void {
    this.leaves = this.leaves.slice(0, size);
    for (const file of this.files) if (!keeps(file)) this.files.delete(file);
  }

  async #append({ from, leaves, checkpoint }: Tail): Promise<Response> {
    const { length } = this.leaves;
    if (from > length) return refused({ status: 409, code: "log-behind", size: length });
    const grown = [...this.leaves.slice(0, from), ...leaves];
    for (const leaf of leaves) {
      const [form, , stream, index] = new TextDecoder().decode(fromBase64(leaf)).split("\n");
      if (form !== "invigil/v1/segment" || this.files.has(`${stream}/${index}`)) continue;
      return refused({ status: 409, code: "segment-missing", stream, index: Number(index) });
    }
    if (Number(checkpoint.split("\n")[1]) !== grown.length) {
      return refused({ status: 422, code: "checkpoint-refused" });
    }
    this.leaves = grown;
    const receipt = await cosign(checkpoint, this.#signer, 1_772_442_010);
    return Response.json({ size: grown.length, receipt });
  }
}

function refused({ status, ...facts }: Refusal): Response {
  const headers = { "Content-Type": "application/problem+json" };
  return Response.json({ ...facts, detail: "" }, { status, headers });
}
