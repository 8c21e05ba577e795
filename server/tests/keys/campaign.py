"""An institution on its way to recorded exams: root, staff keys, scope keys, over HTTP."""

from __future__ import annotations

from dataclasses import dataclass, field

import httpx

from invigil.accounts.models import Institution
from invigil.exams.models import Exam
from invigil.keys.names import server_verifier
from invigil.kit.signing import encode_base64
from server.tests.factories.keys import (
    RootPlan,
    StaffKeyring,
    make_age_file,
    make_blind,
    member_text,
    scope_epoch_text,
    staff_key_text,
)
from server.tests.factories.world import Staffer, World


@dataclass
class Campaign:
    """Calls the API as staff browsers do; every call returns the answer, also a refusal."""

    client: httpx.AsyncClient
    world: World
    institution: Institution
    keyrings: dict[str, StaffKeyring] = field(default_factory=dict)
    plan: RootPlan | None = None

    def keyring(self, staffer: Staffer) -> StaffKeyring:
        """The keyring of a person; made when first asked for."""
        fresh = StaffKeyring(self.institution.slug, staffer.person.id)
        return self.keyrings.setdefault(staffer.person.id, fresh)

    async def name_keys(self, staffer: Staffer) -> httpx.Response:
        keyring = self.keyring(staffer)
        body = {"vkey": keyring.vkey, "recipient": keyring.recipient}
        return await self.client.put("/api/me/keys", json=body, headers=staffer.headers)

    def root_plan(self, *administrators: Staffer) -> RootPlan:
        slug = self.institution.slug
        server = server_verifier(self.world.ports.server_key, slug).vkey
        keyrings = [self.keyring(each) for each in administrators]
        return RootPlan(slug, server, keyrings, self.world.now)

    async def post_root(self, staffer: Staffer, note: str) -> httpx.Response:
        return await self.client.post("/api/roots", json={"note": note}, headers=staffer.headers)

    async def found(self, administrator: Staffer) -> None:
        """The administrator names keys and makes the first root."""
        await self.name_keys(administrator)
        self.plan = self.root_plan(administrator)
        answer = await self.post_root(administrator, self.plan.note())
        assert answer.status_code == 201, answer.text

    async def state(self, staffer: Staffer, note: str) -> httpx.Response:
        """Hand in a statement that names a person."""
        body = {"note": note, "blind": make_blind()}
        return await self.client.post("/api/statements", json=body, headers=staffer.headers)

    async def certify(self, administrator: Staffer, staffer: Staffer) -> None:
        """The person names keys, the administrator certifies them."""
        await self.name_keys(staffer)
        text = staff_key_text(self.keyring(staffer), self.world.now)
        answer = await self.state(administrator, self.keyring(administrator).sign(text))
        assert answer.status_code == 201, answer.text

    def member(
        self, signer: Staffer, exam: Exam, person_id: str, *, wrap: bytes | None = None
    ) -> dict[str, str]:
        """A new reader of epoch 1, signed by `signer`."""
        sealed = wrap or make_age_file()
        text = member_text(
            self.institution.slug,
            f"exam/{exam.id}",
            1,
            person=person_id,
            wrap=sealed,
            at_ms=self.world.now,
        )
        note = self.keyring(signer).sign(text)
        return {"note": note, "blind": make_blind(), "wrap": encode_base64(sealed)}

    def epoch_note(self, signer: Staffer, exam: Exam, epoch: int = 1) -> str:
        text = scope_epoch_text(self.institution.slug, f"exam/{exam.id}", epoch, self.world.now)
        return self.keyring(signer).sign(text)

    async def open_scope(self, author: Staffer, exam: Exam, epoch: int = 1) -> httpx.Response:
        """The author begins an epoch with itself as first member."""
        body = {
            "scope_epoch": self.epoch_note(author, exam, epoch),
            "members": [self.member(author, exam, author.person.id)],
        }
        return await self.client.post(
            f"/api/exams/{exam.id}/scope", json=body, headers=author.headers
        )
