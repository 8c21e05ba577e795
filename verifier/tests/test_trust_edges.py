"""The edges of the walk from the root to the scope's key, one statement changed at a time."""

import hashlib
from dataclasses import replace

import pytest
from candidate import (
    ADMIN,
    AUTHOR,
    EXAM,
    INSTITUTION,
    NOW,
    RECIPIENT,
    Institution,
    Key,
    b64,
    note,
)
from candidate import checkpoint as signed_head

from invigil_verify import tree
from invigil_verify.problems import Refused
from invigil_verify.trust import Seen, TrustFiles, chain, commitment, walk


class Elsewhere(Institution):
    """Its administrator signs statements that name another institution."""

    def epoch_note(self):
        text = f"invigil/v1/scope-epoch\nother\nexam/{EXAM}\n1\n{RECIPIENT}\n"
        return note(f"{text}{self.issued} {NOW * 2}\n", self.admin)


class CertifiesElsewhere(Institution):
    """Its author's certificate names another institution."""

    def __init__(self):
        super().__init__(author_signs=True, author=Key(f"invigil/other/staff/{AUTHOR}"))

    def staff_note(self):
        text = f"invigil/v1/staff-key\nother\n{AUTHOR}\n{self.author.vkey}\n{RECIPIENT}\n"
        return note(f"{text}{self.issued} {NOW * 2}\n", self.admin)


def files_of(home, *more_roots):
    staff = home.staff_note() if home.author_signs else None
    roots, epoch = [home.root_note(), *more_roots], home.epoch_note()
    log = [roots[0], epoch, *([commitment(home.blind, staff)] if staff else [])]
    head = signed_head(f"invigil/{INSTITUTION}/keys", log, home.server)
    return TrustFiles(roots, log, head, epoch, staff, home.blind if staff else None)


def seen_of(files, *, at_ms=NOW, size=None):
    log = files.keylog_leaves[:size]
    return Seen(at_ms, len(log), tree.root([tree.leaf_hash(leaf) for leaf in log]))


def refusal(files, seen):
    with pytest.raises(Refused) as refused:
        walk(files, seen, fingerprint=None)
    return refused.value.kind, refused.value.reason


def test_a_statement_expires_at_its_last_moment_and_clocks_that_differ_are_no_fault():
    home = Institution()
    files = files_of(home)

    for at_ms in (home.issued - 1, NOW * 2 - 1):
        assert walk(files, seen_of(files, at_ms=at_ms), fingerprint=None).scope_epoch.epoch == 1
    assert refusal(files, seen_of(files, at_ms=NOW * 2)) == ("untrusted", "expired")


@pytest.mark.parametrize("home", [Elsewhere, CertifiesElsewhere])
def test_a_statement_of_another_institution_is_for_another_scope(home):
    files = files_of(home())

    assert refusal(files, seen_of(files)) == ("untrusted", "wrong-scope")


def test_without_a_root_nothing_is_trusted():
    with pytest.raises(Refused) as refused:
        chain([])

    assert (refused.value.kind, refused.value.reason) == ("untrusted", "not-logged")


def test_a_candidate_who_saw_no_root_trusted_nobody():
    files = files_of(Institution())

    assert refusal(files, seen_of(files, size=0)) == ("untrusted", "not-logged")


def test_a_later_root_that_nobody_logged_breaks_the_chain():
    home = Institution()
    first = home.root_note().split(b"\n\n")[0] + b"\n"
    previous = hashlib.sha256(first).digest()
    second = first.decode().replace("\n1\n", "\n2\n", 1).replace("\n-\n", f"\n{b64(previous)}\n")
    files = files_of(home, note(second, home.root_key))

    assert len(chain(files.roots)) == 2
    assert refusal(files, seen_of(files)) == ("untrusted", "not-logged")


def test_a_certificate_without_its_blind_certifies_nobody():
    files = files_of(Institution(author_signs=True))

    assert walk(files, seen_of(files), fingerprint=None).current.administrators.keys() == {ADMIN}
    assert refusal(replace(files, blind=None), seen_of(files)) == ("forged", None)


@pytest.mark.parametrize(("later_ms", "is_over"), [(-1, False), (0, True)])
def test_a_revocation_ends_the_keys_that_were_issued_up_to_its_moment(later_ms, is_over):
    home = Institution(author_signs=True)
    files = files_of(home)
    text = f"invigil/v1/staff-revoke\n{INSTITUTION}\n{AUTHOR}\n{home.issued + later_ms}\n"
    revoked, blind = note(text, home.admin), bytes(32)
    log = [*files.keylog_leaves, commitment(blind, revoked)]
    head = signed_head(f"invigil/{INSTITUTION}/keys", log, home.server)
    grown = replace(
        files, keylog_leaves=log, keylog_checkpoint=head, revocations=[(revoked, blind)]
    )

    if is_over:
        assert refusal(grown, seen_of(grown)) == ("untrusted", "revoked")
    else:
        assert walk(grown, seen_of(grown), fingerprint=None).scope_epoch.epoch == 1
