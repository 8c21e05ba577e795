"""The API's description shows what to send, and what it shows is right."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from invigil.app import create_app
from invigil.kit.wire import Message
from invigil.settings import Settings


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    data_dir = tmp_path_factory.mktemp("openapi") / "data"
    return create_app(Settings(data_dir=data_dir, database_url="", extension_ids=())).openapi()


def operations(document):
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def shown(document, schema):
    """The examples of a schema, of what it refers to, or of what it is one of."""
    if "$ref" in schema:
        return shown(document, document["components"]["schemas"][schema["$ref"].split("/")[-1]])
    parts = [each for part in schema.get("oneOf", []) for each in shown(document, part)]
    return schema.get("examples", []) + parts


def json_of(part):
    return part.get("content", {}).get("application/json", {}).get("schema")


def test_each_request_body_has_an_example(document):
    bodies = {
        name: schema
        for name, operation in operations(document)
        if (schema := json_of(operation.get("requestBody", {}))) is not None
    }

    assert len(bodies) > 10
    assert [name for name, schema in bodies.items() if not shown(document, schema)] == []


@pytest.mark.parametrize(
    "operation",
    [
        "POST /api/launches/redeem",
        "GET /api/attempts/{attempt_id}",
        "POST /api/attempts/{attempt_id}/start",
        "POST /api/attempts/{attempt_id}/heartbeat",
        "POST /api/attempts/{attempt_id}/log",
        "POST /api/invitations",
        "POST /api/statements",
        "GET /api/me",
    ],
)
def test_the_answers_that_others_will_program_against_have_one_too(document, operation):
    responses = dict(operations(document))[operation]["responses"]
    [schema] = [json_of(responses[status]) for status in ("200", "201") if status in responses]

    assert shown(document, schema)


def test_each_refusal_that_a_route_declares_has_an_example(document):
    refusals = [
        (name, status, content)
        for name, operation in operations(document)
        for status, answer in operation["responses"].items()
        if (content := answer.get("content", {}).get("application/problem+json")) is not None
    ]

    assert len(refusals) > 50
    assert [(name, status) for name, status, content in refusals if not content["examples"]] == []


def messages(base: type[Message] = Message) -> Iterator[type[Message]]:
    for kind in base.__subclasses__():
        yield kind
        yield from messages(kind)


def with_examples():
    return [each for each in messages() if "json_schema_extra" in each.__dict__["model_config"]]


@pytest.mark.parametrize("message", with_examples(), ids=lambda each: each.__name__)
def test_an_example_is_what_the_server_takes_or_says(message):
    [example] = message.model_config["json_schema_extra"]["examples"]

    assert message.model_validate(example)
