import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { type Bytes, encodeText, fromBase64, fromHex, toBase64, toHex } from "../src/text.ts";
import { isConsistent, isIncluded, leafHash, MerkleTree } from "../src/tree.ts";
import { readVectors } from "./vectors.ts";

// A hang is caught, a busy machine is not: none of these tests is about time.
vi.setConfig({ testTimeout: 60_000 });

interface TreeVectors {
  leaves: string[];
  leaf_hashes: string[];
  roots: string[];
  inclusion: { index: number; size: number; proof: string[] }[];
  consistency: { earlier: number; size: number; proof: string[] }[];
  large: { size: number; root: string };
}
const vectors = readVectors("tree.json") as TreeVectors;

async function treeOf(size: number): Promise<MerkleTree> {
  const tree = new MerkleTree();
  await tree.append(Array.from({ length: size }, (_, at) => encodeText(`${at}`)));
  return tree;
}

// The leaves and roots that the reference implementations of certificate transparency test with.
const REFERENCE = {
  leaves: [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
  ],
  roots: [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
  ],
};

describe("a tree", () => {
  test("has the reference implementations' root at every size", async () => {
    const tree = new MerkleTree();
    const roots = [toHex(await tree.root())];
    for (const leaf of REFERENCE.leaves) {
      await tree.append([fromHex(leaf, leaf.length / 2)]);
      roots.push(toHex(await tree.root()));
    }

    expect(roots).toEqual(REFERENCE.roots);
  });

  test("agrees with the shared vectors", async () => {
    const tree = new MerkleTree();
    await tree.append(vectors.leaves.map(fromBase64));

    expect(
      await Promise.all(vectors.roots.map(async (_, size) => toBase64(await tree.root(size)))),
    ).toEqual(vectors.roots);
    for (const { index, size, proof } of vectors.inclusion) {
      const leaf = { hash: fromBase64(vectors.leaf_hashes[index] ?? ""), index };
      expect(await isIncluded(leaf, await tree.head(size), proof.map(fromBase64))).toBe(true);
    }
    for (const { earlier, size, proof } of vectors.consistency) {
      const heads = [await tree.head(earlier), await tree.head(size)] as const;
      expect(await isConsistent(...heads, proof.map(fromBase64))).toBe(true);
    }
    expect(toBase64(await (await treeOf(vectors.large.size)).root())).toBe(vectors.large.root);
  });

  test("has the same roots however its leaves are batched", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(9), { maxLength: 12 }), async (batches) => {
        const whole = await treeOf(batches.reduce((sum, one) => sum + one, 0));
        const batched = new MerkleTree();
        for (const batch of batches) {
          const from = batched.size;
          await batched.append(
            Array.from({ length: batch }, (_, at) => encodeText(`${from + at}`)),
          );
        }

        expect(batched.size).toBe(whole.size);
        for (let size = 0; size <= whole.size; size += 1) {
          expect(await batched.root(size)).toEqual(await whole.root(size));
        }
      }),
      { numRuns: 25 },
    );
  });

  test("refuses a size and an index beyond its own", async () => {
    const tree = await treeOf(3);

    await expect(tree.root(4)).rejects.toThrow(RangeError);
    await expect(tree.inclusionProof(3)).rejects.toThrow(RangeError);
    await expect(tree.inclusionProof(2, 2)).rejects.toThrow(RangeError);
    await expect(tree.consistencyProof(0)).rejects.toThrow(RangeError);
    await expect(tree.consistencyProof(4, 3)).rejects.toThrow(RangeError);
    await expect(tree.consistencyProof(1, 4)).rejects.toThrow(RangeError);
  });
});

const SIZES = fc
  .tuple(fc.integer({ min: 1, max: 70 }), fc.integer({ min: 1, max: 70 }))
  .map(([one, other]) => ({ earlier: Math.min(one, other), later: Math.max(one, other) }));

function altered(bytes: Bytes, at: number): Bytes {
  return Uint8Array.from(bytes, (byte, place) => (place === at % bytes.length ? byte ^ 1 : byte));
}

describe("an inclusion proof", () => {
  test("holds for each leaf at each size, and for no other leaf, place, size, root or proof", async () => {
    const tree = await treeOf(70);
    await fc.assert(
      fc.asyncProperty(SIZES, fc.nat(), async ({ earlier, later: size }, bit) => {
        const [index, head] = [earlier - 1, await tree.head(size)];
        const leaf = { hash: await leafHash(encodeText(`${index}`)), index };
        const proof = await tree.inclusionProof(index, size);

        expect(await isIncluded(leaf, head, proof)).toBe(true);
        expect(await isIncluded({ ...leaf, hash: altered(leaf.hash, bit) }, head, proof)).toBe(
          false,
        );
        expect(await isIncluded({ ...leaf, index: size }, head, proof)).toBe(false);
        expect(
          await isIncluded(leaf, { ...head, rootHash: altered(head.rootHash, bit) }, proof),
        ).toBe(false);
        expect(await isIncluded(leaf, head, [...proof, head.rootHash])).toBe(false);
        if (size > 1) {
          expect(await isIncluded({ ...leaf, index: (index + 1) % size }, head, proof)).toBe(false);
          expect(await isIncluded(leaf, head, proof.slice(1))).toBe(false);
          expect(
            await isIncluded(leaf, head, [altered(proof[0] ?? leaf.hash, bit), ...proof.slice(1)]),
          ).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("a consistency proof", () => {
  test("holds between all sizes, and for no other root, size or proof", async () => {
    const tree = await treeOf(70);
    await fc.assert(
      fc.asyncProperty(SIZES, fc.nat(), async ({ earlier, later }, bit) => {
        const heads = { earlier: await tree.head(earlier), later: await tree.head(later) };
        const proof = await tree.consistencyProof(earlier, later);
        const spoilt = altered(heads.earlier.rootHash, bit);

        expect(await isConsistent(heads.earlier, heads.later, proof)).toBe(true);
        expect(await isConsistent({ ...heads.earlier, rootHash: spoilt }, heads.later, proof)).toBe(
          false,
        );
        expect(await isConsistent(heads.earlier, { ...heads.later, rootHash: spoilt }, proof)).toBe(
          false,
        );
        expect(await isConsistent(heads.earlier, heads.later, [...proof, spoilt])).toBe(false);
        if (earlier < later) {
          expect(await isConsistent(heads.later, heads.earlier, proof)).toBe(false);
          expect(await isConsistent(heads.earlier, heads.later, proof.slice(0, -1))).toBe(false);
          expect(await isConsistent(heads.earlier, heads.later, [])).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("between the empty tree and any other is empty", async () => {
    const tree = await treeOf(5);

    expect(await isConsistent(await tree.head(0), await tree.head(5), [])).toBe(true);
    expect(await isConsistent(await tree.head(0), await tree.head(5), [await tree.root(1)])).toBe(
      false,
    );
  });
});
