from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from spectramind.utils.logs import close_logging, configure_logging, rotate
from spectramind.utils.runs import Workspace


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    close_logging()


def test_a_line_has_utc_time_configuration_and_no_secret(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    configure_logging(workspace, "abcdef0123456789")
    logger = logging.getLogger("spectramind.test")
    logger.info("value %s", "token=hush")
    try:
        raise ValueError("password=hush")
    except ValueError:
        logger.exception("failed")
    text = workspace.log_path.read_text()
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO abcdef012345 \d+ spectramind\.test: value token=\*\*\*\n", text)
    assert "Traceback" in text
    assert "hush" not in text


def test_configuring_twice_writes_once(tmp_path: Path) -> None:
    for _ in range(2):
        configure_logging(Workspace(tmp_path), "unresolved")
    logging.getLogger("spectramind").warning("once")
    assert Workspace(tmp_path).log_path.read_text().count("once") == 1


def test_rotation_keeps_the_newest(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    for number in range(5):
        path.write_text(f"{number}" * 10)
        rotate(path, maximum_bytes=5, backups=2)
    assert not path.exists()
    assert [(tmp_path / f"a.log.{number}").read_text()[0] for number in (1, 2)] == ["4", "3"]
    assert not (tmp_path / "a.log.3").exists()


def test_a_small_log_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    rotate(path, maximum_bytes=5, backups=2)
    path.write_text("12345")
    rotate(path, maximum_bytes=5, backups=2)
    assert path.read_text() == "12345"
