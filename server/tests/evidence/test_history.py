"""However a log is cut into requests, it is the same log."""

import hashlib
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from invigil.evidence.checkpoints import AttemptLog, Opening, extend
from invigil.evidence.chunks import join_leaves, split_leaves
from invigil.evidence.progress import Progress
from server.tests.evidence.sealing import Device, b64, tree_root

ATTEMPT = "01jd0000000000000000000000"
SCOPE = "exam/01je0000000000000000000000"


def device_with(streams):
    device = Device("uni", ATTEMPT, SCOPE, nonce=bytes(16))
    device.open()
    for stream in streams:
        device.gap() if stream == "gap" else device.seal(stream, b"x")
    return device


@settings(max_examples=60, deadline=None)
@given(
    streams=st.lists(st.sampled_from(["camera", "screen", "events", "gap"]), max_size=40),
    cuts=st.sets(st.integers(1, 40)),
)
def test_any_sequence_of_appends_has_the_tree_of_all_leaves(streams, cuts):
    device = device_with(streams)
    opening = Opening("uni", ATTEMPT, SCOPE, bytes(16), hashlib.sha256(device.wrap).digest())
    log = AttemptLog(Progress(ATTEMPT))
    ends = [*sorted(cut for cut in cuts if cut < len(device.log)), len(device.log)]

    for start, end in zip([0, *ends], ends, strict=False):
        log = extend(log, device.log[start:end], device.checkpoint(end), opening).log
        assert (log.size, log.frontier.root) == (end, tree_root(device.log[:end]))


@settings(max_examples=200, deadline=None)
@given(leaves=st.lists(st.binary(max_size=300), max_size=20))
def test_leaves_come_out_of_a_chunk_as_they_went_in(leaves):
    assert split_leaves(join_leaves(leaves)) == leaves


async def test_a_log_that_came_in_pieces_is_read_in_any_pages(sitting, world, course):
    reviewer = await world.reviewer(course)
    randomly = random.Random(20261123)
    sent = 1
    for _ in range(25):
        for _ in range(randomly.randint(1, 5)):
            sitting.device.gap()
        assert (await sitting.append(sent)).status_code == 200
        sent = len(sitting.device.log)

    for start in (0, 1, 7, sent - 1, sent, sent + 5):
        for limit in (1, 3, 5000):
            answer = await sitting.client.get(
                f"{sitting.path}/leaves",
                params={"from": start, "limit": limit},
                headers=reviewer.headers,
            )
            page = answer.json()
            assert page["leaves"] == [b64(leaf) for leaf in sitting.device.log[start:][:limit]]
            assert (page["from"], page["size"]) == (start, sent)
