"""What the documents say of the code is true: settings, figures, routes, permissions."""

import json
import re
import tomllib

from invigil.app import create_app
from invigil.cli import KEEP_ALIVE_S
from invigil.evidence.leaves import MAX_SEGMENT_BYTES
from invigil.evidence.room import EvidenceSettings
from invigil.exams.settings import MINUTE_BYTES, SPARE_MIN
from invigil.kit.packs.store import PackStoreSettings
from invigil.kit.policy import policies
from invigil.kit.problems import all_problems
from invigil.lti.refusals import Refusal
from invigil.lti.schemas import ToolAddresses
from invigil.settings import Settings
from tests.house import prose
from tests.house.tree import ROOT, written

OPERATOR = prose.pages()["docs/guides/operator.md"]
LMS = prose.pages()["docs/guides/lms-administrator.md"]
DEVELOPER = prose.pages()["docs/guides/developer.md"]
WIRE = prose.pages()["docs/spec/wire.md"]
MANIFEST = (ROOT / "extension/wxt.config.ts").read_text()
EXTENSION_ID = "anihdhmookngfjpbhagdmpdbdpgfcboh"
MIB, GIB = 1 << 20, 1 << 30
# Pages of ours that a person's browser meets between two others; wire.md has the API.
PAGES = {"/", "/get-the-extension", "/static/{}", "/lti/bind", "/lti/continue"}
PAGES |= {"/lti/confirm", "/lti/pick"}
PATH = r"/(?:api|lti|healthz|openapi)(?:[\w/.-]|\{[^}]*\})*"
OPENS_AGE_FILES = {"pyrage", "age", "pynacl", "libnacl"}


def test_the_settings_table_has_every_setting_with_its_default():
    rows = re.findall(r"^\| `(INVIGIL_\w+)` \| (\S+) \| (.+) \|$", OPERATOR, re.MULTILINE)
    told = {name: default.strip("`").replace("empty", "") for name, default, _ in rows}
    real = {
        f"INVIGIL_{name.upper()}": "" if field.default in ("", ()) else str(field.default)
        for name, field in Settings.model_fields.items()
    }

    assert told == real


def test_every_setting_that_prose_names_exists():
    real = {f"INVIGIL_{name.upper()}" for name in Settings.model_fields}
    named = {
        name for text in prose.pages().values() for name in re.findall(r"\bINVIGIL_[A-Z_]+", text)
    }

    assert named - real == set()


def test_the_figures_of_the_operators_guide_are_the_codes(tmp_path):
    profile = (ROOT / "extension/src/candidate/capture/profile.ts").read_text()
    bits = sum(int(each.replace("_", "")) for each in re.findall(r"bitrate: ([\d_]+)", profile))
    packs = PackStoreSettings(tmp_path)
    in_flight = EvidenceSettings(packs).admission.max_in_flight_bytes
    figures = [
        f"Uploads are at most {MAX_SEGMENT_BYTES // MIB} MiB",
        f"less than {packs.low_water_bytes // GIB} GiB is free",
        f"files of up to {packs.size.pack_bytes // MIB} MiB",
        f"{MINUTE_BYTES // MIB} MiB for each minute of the exam and {SPARE_MIN} minutes more",
        f"| `{in_flight // MIB}` | memory for uploads on their way, in MiB",
        f"closes idle connections after {KEEP_ALIVE_S} s",
        f"held to {bits // 1000} kbit/s, {round(bits * 3600 / 8e6)} MB an hour",
    ]

    said = " ".join(OPERATOR.split())
    wrong = [each for each in figures if each not in said]

    assert wrong == []


def test_every_problem_that_the_operators_guide_explains_is_one():
    codes = {kind.code for kind in all_problems()}
    named = re.findall(r"^\| \d{3} `([a-z-]+)` \|", OPERATOR, re.MULTILINE)

    assert named
    assert set(named) - codes == set()


def test_every_refusal_that_the_lms_guide_explains_is_one():
    named = re.findall(r"`(lti-[a-z-]+)`", LMS)

    assert named
    assert set(named) - {each.words.code for each in Refusal} == set()


def test_the_lms_guide_has_every_address_of_the_tool():
    addresses = ToolAddresses.at("https://invigil.example.org").model_dump().values()

    assert [each for each in addresses if f"| `{each}` |" not in LMS] == []


def test_the_policy_of_the_guide_fits_the_extensions_schema():
    schema = json.loads((ROOT / "extension/public/policy.json").read_text())
    (policy,) = prose.blocks("docs/guides/operator.md", "json")
    extensions = json.loads(policy)["3rdparty"]["extensions"]

    assert set(extensions) == {EXTENSION_ID}
    assert set(extensions[EXTENSION_ID]) == set(schema["properties"])
    assert all(
        re.fullmatch(r"[0-9a-f]{64}", each) for each in extensions[EXTENSION_ID]["roots"].values()
    )


def test_the_extensions_id_is_the_same_everywhere():
    declared = (ROOT / "packages/protocol/src/extension-id.ts").read_text()

    assert f'"{EXTENSION_ID}"' in declared
    assert set(re.findall(r"\b[a-p]{32}\b", OPERATOR)) == {EXTENSION_ID}


def test_the_permissions_table_is_the_manifest():
    at_once = set(re.findall(r'"([\w.]+)"', _manifest_list("permissions")))
    later = set(re.findall(r'"([\w.<>]+)"', _manifest_list("optional_permissions")))
    later |= set(re.findall(r'"([\w.<>]+)"', _manifest_list("optional_host_permissions")))
    rows = re.findall(r"^\| `([\w.<>]+)` \| (always|asked for) \|", OPERATOR, re.MULTILINE)

    assert {name for name, when in rows if when == "always"} == at_once
    assert {name for name, when in rows if when == "asked for"} == later


def test_every_route_that_prose_names_exists(tmp_path):
    served = {path for _, path in _routes(tmp_path)}
    named = {
        f"{page}: {path}"
        for page, text in prose.pages().items()
        for path in re.findall(rf"[` ]({PATH})(?=[`?, ])", text)
        if _shape(path) not in served and not any(each.startswith(f"{path}/") for each in served)
    }

    assert named == set()


def test_every_route_is_in_the_wires_description(tmp_path):
    described = {_shape(path) for path in re.findall(PATH, WIRE)}
    missing = sorted({path for _, path in _routes(tmp_path)} - described - PAGES)

    assert missing == []


def test_the_developers_guide_lists_every_make_target():
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z][a-z-]*):", makefile, re.MULTILINE)) - {"help"}

    assert targets - set(re.findall(r"`make ([a-z-]+)`", DEVELOPER)) == set()


def test_the_developers_guide_shows_a_route_that_is_there():
    (example,) = prose.blocks("docs/guides/developer.md", "python")

    assert example in (ROOT / "server/src/invigil/exams/routes.py").read_text()


def test_every_file_that_a_guide_names_is_there():
    named = {
        (page, path)
        for page, text in prose.pages().items()
        if page.startswith(("docs/guides/", "docs/decisions/"))
        for path in re.findall(r"`((?:server|extension|packages|ops|tests)/[\w./-]+)`", text)
    }

    assert len(named) > 20
    assert {each for each in named if not _exists(each[1])} == set()


def test_the_server_does_not_depend_on_anything_that_opens_age_files():
    needed = _closure("invigil")
    server = [text for path, text in written() if path.is_relative_to("server/src")]

    assert len(needed) > 20
    assert needed & OPENS_AGE_FILES == set()
    assert not any("AGE-SECRET-KEY" in text for text in server)


def _exists(path: str) -> bool:
    built = path.startswith("extension/.output")
    return built or (ROOT / path).exists()


def _manifest_list(name: str) -> str:
    found = re.search(rf"\b{name}: \[(.*?)\]", MANIFEST, re.DOTALL)
    assert found, name
    return found[1]


def _routes(folder) -> list[tuple[str, str]]:
    settings = Settings(data_dir=folder)
    found = (where.split(" ", 1) for where, _ in policies(create_app(settings).routes))
    return [(method, _shape(path)) for method, path in found]


def _shape(path: str) -> str:
    """A path with the names of its parameters taken out."""
    return re.sub(r"\{[^}]*\}", "{}", path)


def _closure(name: str) -> set[str]:
    packages = {
        each["name"]: each for each in tomllib.loads((ROOT / "uv.lock").read_text())["package"]
    }
    found: set[str] = set()
    waiting = [name]
    while waiting:
        package = waiting.pop()
        if package not in found:
            found.add(package)
            waiting += [each["name"] for each in packages[package].get("dependencies", [])]
    return found
