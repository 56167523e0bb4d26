"""The references of docs/ know every command, option, key and error, and its pages show only command lines that are understood."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from docs.generate.commands import commands_markdown
from docs.generate.configuration import configuration_markdown
from docs.generate.errors import KINDS, VARIES, messages
from docs.generate.site import on_page_markdown
from docs.generate.steps import steps_markdown

from spectramind.data.detector.chain import pixel_chain
from spectramind.utils.config import Config, load_config
from spectramind.utils.config.build import leaf_keys
from spectramind.utils.config.compose import group_options
from spectramind.utils.errors import ExitCode, SpectraMindError
from spectramind.utils.locations import config_directory

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted(path.name for path in (ROOT / "docs").glob("*.md"))
LINE = re.compile(r"(?:\w+=\S+ )*(?:\.venv/bin/|\S*python\S* -m )?(spectramind\b(?!\.)[^|;>]*)")


def text(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def chapter(markdown: str, heading: str) -> str:
    match = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", markdown, re.M | re.S)
    assert match, f"no chapter {heading!r}"
    return match[1]


def test_the_command_reference_has_every_command_with_its_options(
    command_names: set[str], command_options: Callable[[str], set[str]]
) -> None:
    reference = commands_markdown()
    shared = set(re.findall(r"(--[a-z-]+)", chapter(reference, "Options of every command"))) | {"-v", "-q", "-h", "--help"}
    for name in command_names:
        found = set(re.findall(r"^\| `(--[a-z-]+)", chapter(reference, name), re.M))
        assert found == command_options(name) - shared


def test_the_configuration_reference_has_every_key_with_its_default() -> None:
    reference = configuration_markdown()
    rows = dict(re.findall(r"^\| `([\w.]+)` \| `([^`]*)` \|", reference, re.M))
    assert set(leaf_keys(Config)) == rows.keys()
    assert rows["global.seed"] == str(load_config().global_.seed)
    assert rows["data.raw_dir"] == "data/raw"
    assert str(ROOT) not in reference


def test_every_key_has_a_meaning() -> None:
    assert re.findall(r"^\| `(\w+\.[\w.]+)` .*\|  \|$", configuration_markdown(), re.M) == []


def test_the_configuration_reference_says_what_choices_change() -> None:
    part = chapter(configuration_markdown(), "Groups and profiles")
    assert "`data.store_frames=false`" in part
    listed = set(re.findall(r"^\| `(\w+)=\w+`", part, re.M))
    assert listed <= group_options(config_directory()).keys()


@pytest.mark.parametrize("name", sorted(KINDS))
def test_every_kind_of_error_has_its_place_in_the_index(name: str) -> None:
    kind = KINDS[name]
    headings = {heading.lower().replace(" ", "-"): heading for heading in re.findall(r"^## (.+)$", text("errors.md"), re.M)}
    part = chapter(text("errors.md"), headings[kind.anchor()])
    assert part.lstrip().startswith(f"`{name}`, exit code {int(kind.exit_code)}.")
    assert f"<!-- generated: messages {name} -->" in part
    shown = kind("what").as_dict()["see"]
    assert shown == f"docs/errors.md#{kind.anchor()} (ARCHITECTURE.md section {kind.default_section})"
    assert any(message.kind == name for message in messages())


def test_no_error_is_outside_the_index() -> None:
    def below(kind: type[SpectraMindError]) -> set[type[SpectraMindError]]:
        return {kind, *(member for child in kind.__subclasses__() for member in below(child))}

    assert below(SpectraMindError) - {SpectraMindError} == set(KINDS.values())


def test_the_messages_are_those_of_the_code() -> None:
    found = {(message.kind, message.module, message.what) for message in messages()}
    assert ("InputDataError", "data/identifiers.py", "a planet id is not a plain decimal number") in found
    assert ("RuntimeLimitRisk", "utils/resources.py", f"The run would end after {VARIES} s; its limit is {VARIES} s.") in found
    told = [message for message in messages() if message.what != VARIES]
    assert len(told) > 0.9 * len(messages()) > 90


def test_exit_codes_are_listed() -> None:
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", chapter(text("errors.md"), "Exit codes"), re.M)] == sorted(ExitCode)
    failures = [code for code in sorted(ExitCode) if code]
    runbook = chapter(text("runbook.md"), "It stopped: what to do for each exit code")
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", runbook, re.M)] == [code for code in failures if code != 0]


def test_the_detector_page_has_every_step_with_its_equation() -> None:
    headings = re.findall(r"^### (\d+)\. (.+)$", steps_markdown(), re.M)
    assert [int(number) for number, _ in headings] == list(range(1, len(headings) + 1))
    assert len(headings) == len(pixel_chain(load_config().data.detector)) + 4
    assert steps_markdown().count("```text") == len(headings)


def test_links_into_the_root_lead_to_pages_of_the_site() -> None:
    assert on_page_markdown("[a](../ARCHITECTURE.md#33-runbook) [b](../README.md)") == "[a](architecture.md#33-runbook) [b](readme.md)"


@pytest.mark.parametrize("page", PAGES)
def test_command_lines_are_understood(page: str, check_command: Callable[[str], str]) -> None:
    for block in re.findall(r"^```bash\n(.*?)^```", text(page), re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            for part in line.split("&&"):
                match = LINE.match(part.strip())
                if match and "$(" not in match[1] and "--version" not in match[1]:
                    check_command(match[1].replace('"$planet"', "1"))


@pytest.mark.parametrize("page", PAGES)
def test_make_targets_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", text(page), re.M)) <= targets


@pytest.mark.parametrize("page", PAGES)
def test_configuration_keys_in_the_text_exist(page: str) -> None:
    groups = "|".join(group_options(config_directory())) + "|global"
    leaves = set(leaf_keys(Config))
    sections = {leaf[:end] for leaf in leaves for end in (match.start() for match in re.finditer(r"\.", leaf))}
    named = re.findall(rf"`((?:{groups})\.[\w.]+)(?:=[^`]*)?`", text(page))
    assert [key for key in named if key not in leaves | sections and not key.endswith(".csv")] == []
