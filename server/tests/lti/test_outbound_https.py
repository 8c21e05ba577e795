"""The way out as production goes it: https to the checked address, under the LMS's own name."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from invigil.lti import outbound
from invigil.lti.outbound import Outbound, OutboundFailed

LMS = "lms.test"
DAY = dt.timedelta(days=1)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and certificate of an LMS, as its own authority, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LMS)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(LMS)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "lms.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


class Lms:
    """Answers over TLS; remembers under which names it was asked, in TLS and in HTTP."""

    def __init__(self) -> None:
        self.port = 0
        self.sni: list[str | None] = []
        self.hosts: list[str] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.hosts += [line[6:] for line in head.split("\r\n") if line.lower().startswith("host: ")]
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        await writer.drain()
        writer.close()


@pytest.fixture
async def lms(certificate: Path) -> AsyncIterator[Lms]:
    lms = Lms()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: lms.sni.append(name)
    server = await asyncio.start_server(lms.answer, "127.0.0.1", 0, ssl=context)
    async with server:
        lms.port = server.sockets[0].getsockname()[1]
        yield lms


@asynccontextmanager
async def door_to(
    lms: Lms, name: str, monkeypatch: pytest.MonkeyPatch, authorities: ssl.SSLContext
) -> AsyncIterator[Outbound]:
    """A door that finds `name` at the LMS's address; the address is not asked for again."""

    async def resolve(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setattr(outbound, "_authorities", lambda: authorities)
    trusted = frozenset({f"{name}:{lms.port}"})
    async with Outbound(trusted_hosts=trusted, resolve=resolve) as door:
        yield door


async def test_an_lms_is_asked_under_its_own_name_at_the_address_that_was_checked(
    lms: Lms, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = ssl.create_default_context(cafile=str(certificate))

    async with door_to(lms, LMS, monkeypatch, known) as door:
        answer = await door.get(f"https://{LMS}:{lms.port}/jwks")

    assert (answer.status, answer.body) == (200, b"{}")
    assert (lms.sni, lms.hosts) == ([LMS], [f"{LMS}:{lms.port}"])


async def test_a_certificate_of_another_name_is_refused(
    lms: Lms, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = ssl.create_default_context(cafile=str(certificate))

    async with door_to(lms, "other.test", monkeypatch, known) as door:
        with pytest.raises(OutboundFailed):
            await door.get(f"https://other.test:{lms.port}/jwks")

    assert (lms.sni, lms.hosts) == (["other.test"], [])


async def test_a_certificate_that_no_authority_backs_is_refused(
    lms: Lms, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with door_to(lms, LMS, monkeypatch, ssl.create_default_context()) as door:
        with pytest.raises(OutboundFailed):
            await door.get(f"https://{LMS}:{lms.port}/jwks")

    assert lms.hosts == []
