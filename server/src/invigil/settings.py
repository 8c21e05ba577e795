"""Settings: read once from `INVIGIL_*`, frozen, used by the composition roots alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

_EXTENSION_ID = re.compile(r"[a-p]{32}")

_DEFAULT_PORTS = {"http": 80, "https": 443}


def _origin(value: str) -> str:
    """Return an origin in the form that browsers send: small letters, no port that goes without.

    Raises:
        ValueError: it is none.
    """
    parts = urlsplit(value)
    host = parts.hostname or ""
    has_more = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in _DEFAULT_PORTS or not host or has_more:
        raise ValueError("an origin is scheme, host and port, without a path or a slash")
    if not host.isascii():
        raise ValueError("write the host as browsers send it, with xn--")
    host = f"[{host}]" if ":" in host else host
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


class Settings(BaseSettings):
    """How this server runs. There is no secret here: secrets are files in `data_dir/keys`."""

    model_config = SettingsConfigDict(env_prefix="INVIGIL_", frozen=True, extra="forbid")

    data_dir: Path = Field(
        default=Path("data"), description="Where everything is kept: database, packs, keys."
    )
    database_url: str = Field(
        default="",
        description="`postgresql+asyncpg://user@host/name`; empty: SQLite in the data directory.",
    )
    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: int = Field(default=8400, ge=1, le=65535, description="The port to listen on.")
    public_url: str = Field(
        default="",
        description="The origin that browsers see, `https://invigil.example.org`; "
        "empty: http, host and port.",
    )
    extension_ids: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Ids of the extensions that may call the API, separated by commas."
    )
    extension_page: str = Field(
        default="",
        pattern=r"^(https://\S+)?$",
        description="Where people install the extension, such as its page in the Chrome Web Store; "
        "empty: the help pages send them to the institution.",
    )
    lti_trusted_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Hosts of LMSs that are private or plain http, `moodle.intranet` or "
        "`127.0.0.1:8401`, separated by commas. All others must be public and https.",
    )

    upload_memory_mb: int = Field(
        default=24,
        ge=16,
        le=4096,
        description="Memory for uploads on their way, in MiB. What does not fit is asked to come "
        "back. 24 serve 2,000 candidates on good lines; more of them on slow lines need more.",
    )

    proxies: str = Field(
        default="127.0.0.1,::1",
        description="Addresses or networks of your reverse proxies, separated by commas: their "
        "`X-Forwarded-For` says who the client is. Used for the three limits below alone.",
    )
    entrance_per_s: int = Field(
        default=50,
        ge=1,
        description="How often a second one address may come in from its LMS, for each step.",
    )
    entrance_burst: int = Field(
        default=600,
        ge=1,
        description="How often at once, before that counts: a university may be one address.",
    )
    registrations_per_min: int = Field(
        default=10,
        ge=1,
        description="How often a minute one address may ask to connect an LMS.",
    )

    @field_validator("extension_ids", "lti_trusted_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(filter(None, value.split(","))) if isinstance(value, str) else value

    @field_validator("extension_ids")
    @classmethod
    def _are_extension_ids(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not all(_EXTENSION_ID.fullmatch(each) for each in value):
            raise ValueError("an extension id has 32 letters from a to p")
        return value

    @field_validator("public_url")
    @classmethod
    def _is_origin(cls, value: str) -> str:
        """Write it as browsers do: addresses are compared with it, letter by letter."""
        return value and _origin(value)

    @property
    def is_embedded(self) -> bool:
        """Whether this process is the whole product: its own database, its own keys."""
        return not self.database_url

    @property
    def database(self) -> str:
        """The database's address; with its password, so never for a log."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir.absolute() / 'meta.db'}"

    @property
    def origin(self) -> str:
        """The origin that browsers see."""
        return self.public_url or f"http://{self.host}:{self.port}"
