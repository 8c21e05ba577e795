"""A program that stores segments as fast as it can and prints each one that was acknowledged.

It is killed without warning. Arguments: data directory, worker name, seed.
"""

import asyncio
import os
import random
import sys
from pathlib import Path

from server.tests.packs.making import body, opened, segment


async def candidate(store, number, seed):
    randomness = random.Random(f"{seed} {number}")
    index = 0
    while True:
        content = body((seed, number, index), randomness.randrange(60_000))
        stored = await store.put(segment(index, content, of=number))
        line = f"{stored.key.attempt} {index} {stored.sha256.hex()}\n"
        os.write(sys.stdout.fileno(), line.encode())
        index += 1


async def main(root, worker, seed):
    first = 1000 * int(worker[1:])
    async with opened(Path(root), worker=worker) as store:
        await asyncio.gather(*(candidate(store, first + at, seed) for at in range(16)))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
