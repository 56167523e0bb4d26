"""Documents say what the code does: sections, commands, options, codes, keys, fields; and ARCHITECTURE.md changes on purpose only."""

from __future__ import annotations

import ast
import hashlib
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from spectramind.data.quality import Quality
from spectramind.utils.config.build import leaf_keys
from spectramind.utils.config.schema import Config
from spectramind.utils.errors import ExitCode
from spectramind.utils.schemas import read_schema

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = ROOT / "ARCHITECTURE.md"
DOCUMENTS = ("README.md", "ARCHITECTURE.md", "docs/results.md", "docs/kaggle.md")
HASHES = Path(__file__).with_name("architecture.sha256")
RENEW = "sha256sum ARCHITECTURE.md schemas/*.schema.json > tests/contract/architecture.sha256"
SHARED_OPTIONS = {"--fast-kaggle", "--dry-run", "--json", "-v", "--verbose", "-q", "--quiet", "-h", "--help"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(number: str) -> str:
    """Return a section of ARCHITECTURE.md with its subsections."""
    level = "###" if "." in number else "##"
    dot = "" if "." in number else r"\."
    match = re.search(rf"^{level} {re.escape(number)}{dot} .*?(?=^##{{1,{len(level) - 1}}} |\Z)", text("ARCHITECTURE.md"), re.M | re.S)
    assert match, f"ARCHITECTURE.md has no section {number}"
    return match.group()


def first_cells(part: str) -> list[str]:
    """Return every `name` in the first cells of the tables of a text."""
    return [name for row in re.findall(r"^\| (`[^|]*?) \|", part, re.M) for name in re.findall(r"`([^`]+)`", row)]


def shell_lines(name: str) -> Iterator[str]:
    """Yield the command lines of a document's shell blocks, one logical line each."""
    for block in re.findall(r"^```bash\n(.*?)^```", text(name), re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            yield from (part.strip() for part in line.split("&&"))


def spectramind_lines(name: str) -> list[str]:
    found = (re.match(r"(?:\w+=\S+ )*(?:\.venv/bin/|\S*python\S* -m )?(spectramind\b(?!\.).*)", line) for line in shell_lines(name))
    return [match.group(1) for match in found if match]


@pytest.mark.parametrize("number", range(36))
def test_every_section_is_there(number: int) -> None:
    assert len(section(str(number)).splitlines()) > 2


def test_sections_stand_in_order_and_once() -> None:
    numbers = re.findall(r"^## (\d+)\. ", text("ARCHITECTURE.md"), re.M)
    assert numbers == [str(number) for number in range(36)]


def test_sections_named_by_the_code_exist() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "src").rglob("*.py")] + [text(".ci/run")]
    named = {number for source in sources for number in re.findall(r'(?:section="|ARCHITECTURE\.md section )(\d+(?:\.\d+)?)', source)}
    named |= set(re.findall(r'default_section = "([\d.]+)"', "\n".join(sources)))
    assert {"4.1", "4.4", "23"} <= named
    for number in sorted(named):
        section(number)


def test_the_contract_changes_on_purpose() -> None:
    kept = {name: digest for digest, _, name in (line.partition("  ") for line in HASHES.read_text(encoding="ascii").splitlines())}
    files = ["ARCHITECTURE.md", *sorted(f"schemas/{path.name}" for path in (ROOT / "schemas").glob("*.schema.json"))]
    actual = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in files}
    changed = sorted(name for name in actual.keys() | kept.keys() if actual.get(name) != kept.get(name))
    assert not changed, f"{', '.join(changed)} changed. If ARCHITECTURE.md still tells the truth, renew the hashes:\n  {RENEW}"


def test_the_renewing_command_is_documented() -> None:
    assert RENEW in section("35")


def test_readme_names_the_test_command_of_the_gate() -> None:
    assert "make test" in text(".ci/run").splitlines()
    assert any(re.fullmatch(r"make test\s*(#.*)?", line) for line in shell_lines("README.md"))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_make_targets_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.M))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", "\n".join([*shell_lines(name), *re.findall(r"`[^`\n]+`", text(name))]), re.M))
    assert named <= targets


@pytest.mark.parametrize("name", DOCUMENTS)
def test_command_lines_are_understood(name: str, check_command: Callable[[str], str]) -> None:
    for line in spectramind_lines(name):
        check_command(line)


def test_the_readme_shows_command_lines_and_every_command(command_names: set[str], command_options: Callable[[str], set[str]]) -> None:
    assert len(spectramind_lines("README.md")) >= 3
    readme = text("README.md")
    rows = [row for row in readme.splitlines() if row.startswith("| `spectramind ")]
    listed = {name for name in command_names for row in rows if re.search(rf"`(?:spectramind )?{name}\b(?!-)", row)}
    assert listed == command_names
    for row in rows:
        for span in re.findall(r"`spectramind ([^`]+)`", row):
            words = [word.strip("[]") for word in span.split()]
            name = next(" ".join(words[:size]) for size in (2, 1) if " ".join(words[:size]) in command_names)
            assert {word for word in words if word.startswith("--")} <= command_options(name)


def test_section_14_lists_every_command_with_its_options(command_names: set[str], command_options: Callable[[str], set[str]]) -> None:
    documented: dict[str, set[str]] = {}
    for names, own in re.findall(r"^\| (`[^|]+) \|(.*)\|$", section("14"), re.M):
        for name in re.findall(r"`([^`]+)`", names):
            documented[name] = set(re.findall(r"`(--[a-z-]+)", own))
    assert documented.pop("--version") == set()
    assert documented == {name: command_options(name) - SHARED_OPTIONS for name in command_names}


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md"])
def test_exit_codes_are_listed(name: str) -> None:
    part = section("14") if name == "ARCHITECTURE.md" else text(name)
    listed = re.findall(r"^\| (\d+) \|", part, re.M) or re.findall(r"[:;]\s(\d+) ", part[part.index("Exit codes:") :])
    assert [int(code) for code in listed] == sorted(ExitCode)


def test_section_15_knows_every_key() -> None:
    patterns = [pattern for pattern in first_cells(section("15")) if pattern != "profile"]
    leaves = tuple(leaf_keys(Config))
    assert [leaf for leaf in leaves if not any(fnmatchcase(leaf, pattern) for pattern in patterns)] == []
    assert [pattern for pattern in patterns if not any(fnmatchcase(leaf, pattern) for leaf in leaves)] == []


def test_section_16_knows_every_field_of_an_event() -> None:
    assert set(first_cells(section("16"))) == set(read_schema("event")["properties"])


def test_section_5_knows_every_quality_bit() -> None:
    assert {bit.name for bit in Quality if bit} <= set(re.findall(r"\b[A-Z][A-Z_]+\b", section("5")))


def written_keys(source: str, function: str) -> set[str]:
    """Return the keys of the dictionaries that a function of the code writes."""
    tree = ast.parse((ROOT / "src/spectramind" / source).read_text(encoding="utf-8"))
    (found,) = (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == function)
    literals = [node for node in ast.walk(found) if isinstance(node, ast.Dict)]
    return {key.value for literal in literals for key in literal.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}


def test_section_4_2_knows_every_calibrated_array() -> None:
    assert set(first_cells(section("4.2"))) == written_keys("data/visit_calibration.py", "arrays")


@pytest.mark.parametrize(("kind", "function"), [("fgs1_white", "fgs1_white"), ("airs_bins", "airs_bins"), ("transit", "transit_summary")])
def test_section_4_3_knows_every_feature_array(kind: str, function: str) -> None:
    _, *parts = re.split(r"^`(\w+)`:", section("4.3"), flags=re.M)
    tables = dict(zip(parts[::2], parts[1::2], strict=True))
    assert set(first_cells(tables[kind])) == written_keys("features/tensors.py", function)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    folder = (ROOT / name).parent
    targets = [target for target in re.findall(r"\]\(([^)#]+)\)", text(name)) if "://" not in target]
    assert [target for target in targets if not (folder / target).exists()] == []


def test_no_file_names_a_place_of_one_machine() -> None:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: no list of tracked files")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    place = re.compile(rb"(?<![\w.$}>~-])/(?:" + b"|".join([b"work", b"tmp", b"home", b"root", b"Users"]) + b")/")
    files = [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]
    found = [f"{path.relative_to(ROOT)}: {match.group().decode()}" for path in files if (match := place.search(path.read_bytes()))]
    assert found == []
