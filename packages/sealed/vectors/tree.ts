import { encodeText, toBase64 } from "../src/text.ts";
import { MerkleTree } from "../src/tree.ts";

const LEAVES = 17;

/** Roots at every size, all inclusion and all consistency proofs of a small tree; one root of a large one. */
export async function treeVectors() {
  const leaves = Array.from({ length: LEAVES }, (_, at) =>
    encodeText(at === 3 ? "" : `leaf ${at}\n`),
  );
  const tree = new MerkleTree();
  await tree.append(leaves);
  const [roots, inclusion, consistency] = [[] as string[], [] as object[], [] as object[]];
  for (let size = 0; size <= LEAVES; size += 1) {
    roots.push(toBase64(await tree.root(size)));
    for (let index = 0; index < size; index += 1) {
      inclusion.push({
        index,
        size,
        proof: (await tree.inclusionProof(index, size)).map(toBase64),
      });
    }
    for (let earlier = 1; earlier <= size; earlier += 1) {
      const proof = await tree.consistencyProof(earlier, size);
      consistency.push({ earlier, size, proof: proof.map(toBase64) });
    }
  }
  return {
    leaves: leaves.map(toBase64),
    leaf_hashes: leaves.map((_, at) => toBase64(tree.leaf(at))),
    roots,
    inclusion,
    consistency,
    large: await largeTree(),
  };
}

async function largeTree() {
  const tree = new MerkleTree();
  const size = 5700;
  await tree.append(Array.from({ length: size }, (_, at) => encodeText(`${at}`)));
  return {
    sentence: "Leaf i is the decimal text of i, without a line feed.",
    size,
    root: toBase64(await tree.root()),
  };
}
