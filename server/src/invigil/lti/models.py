"""What the LTI room keeps: connections to platforms, launches under way, our own keys.

State, nonce, browser binding and form tokens are kept as SHA-256 only.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from invigil.kit.db import Base, Id, Ms

HASH = String(64)
URL = String(2048)


class LtiRegistration(Base):
    """A platform that may launch us once it is approved. (issuer, client id) names it."""

    __tablename__ = "lti_registration"
    __table_args__ = (UniqueConstraint("issuer", "client_id"),)

    id: Mapped[Id] = mapped_column(primary_key=True)
    institution_id: Mapped[Id] = mapped_column(ForeignKey("institution.id"), index=True)
    issuer: Mapped[str] = mapped_column(String(500))
    client_id: Mapped[str] = mapped_column(String(255))
    name: Mapped[str] = mapped_column(String(200))
    product: Mapped[str] = mapped_column(String(100), default="")
    authorization_endpoint: Mapped[str] = mapped_column(URL)
    token_endpoint: Mapped[str] = mapped_column(URL)
    token_audience: Mapped[str] = mapped_column(URL, default="")
    """What the platform wants as `aud` of a client assertion; empty: the token endpoint."""
    jwks_uri: Mapped[str] = mapped_column(URL)
    extra_origins: Mapped[list[str]] = mapped_column(JSON)
    """Origins of the platform beside those of its endpoints: hosted ones have one per customer."""
    approved_ms: Mapped[Ms | None]
    created_ms: Mapped[Ms]


class LtiDeployment(Base):
    """A part of a platform (a tool type in Moodle, an account in Canvas)."""

    __tablename__ = "lti_deployment"

    registration_id: Mapped[Id] = mapped_column(ForeignKey("lti_registration.id"), primary_key=True)
    deployment_id: Mapped[str] = mapped_column(String(255), primary_key=True)
    approved_ms: Mapped[Ms | None]
    created_ms: Mapped[Ms]


class LtiLogin(Base):
    """What we wrote down when a login began. A launch uses it up, and with it the nonce."""

    __tablename__ = "lti_login"

    state_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    registration_id: Mapped[Id] = mapped_column(ForeignKey("lti_registration.id"))
    nonce_hash: Mapped[str] = mapped_column(HASH)
    binding_hash: Mapped[str] = mapped_column(HASH)
    target_link_uri: Mapped[str] = mapped_column(URL)
    storage_target: Mapped[str] = mapped_column(String(64), default="")
    expires_ms: Mapped[Ms] = mapped_column(index=True)
    used_ms: Mapped[Ms | None]


class LtiForm(Base):
    """A form that a page of ours showed, good for one use: its token stands in for a cookie."""

    __tablename__ = "lti_form"

    token_hash: Mapped[str] = mapped_column(HASH, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    registration_id: Mapped[Id] = mapped_column(ForeignKey("lti_registration.id"))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    expires_ms: Mapped[Ms] = mapped_column(index=True)
    used_ms: Mapped[Ms | None]


class LtiCourse(Base):
    """Where the roster of a course is fetched; as of its last launch."""

    __tablename__ = "lti_course"

    course_id: Mapped[Id] = mapped_column(ForeignKey("course.id"), primary_key=True)
    registration_id: Mapped[Id] = mapped_column(ForeignKey("lti_registration.id"), index=True)
    memberships_url: Mapped[str] = mapped_column(URL)


class LtiToolKey(Base):
    """A signing key of ours, sealed under the server's secret. `published` until retired."""

    __tablename__ = "lti_tool_key"

    kid: Mapped[str] = mapped_column(String(43), primary_key=True)
    sealed: Mapped[str] = mapped_column(Text)
    created_ms: Mapped[Ms]
    signs_from_ms: Mapped[Ms | None]
    """When it began to sign; None: published in advance, so that platforms know it by then."""
    retires_ms: Mapped[Ms | None]
    """When it leaves the published set; None: it signs, or will."""
