from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spectramind.utils.redact import redact, redact_arguments

SECRET = "s3cr3tV4lue99"


@pytest.mark.parametrize(
    "text",
    [
        f"KAGGLE_KEY={SECRET}",
        f"KEY={SECRET}",
        f"api_key: {SECRET}",
        f'{{"password": "{SECRET}"}}',
        f"WANDB_API_KEY='{SECRET}'",
        f"--token={SECRET}",
        f"+data.access_token={SECRET}",
        f"https://user:{SECRET}@host/path",
        f"https://{SECRET}@host/path",
        f"https://host/path?token={SECRET}&x=1",
        f"Authorization: Bearer {SECRET}",
        "ghp_" + SECRET * 3,
        "hf_" + SECRET * 3,
        "AKIA" + "A1B2" * 4,
    ],
)
def test_secrets_are_hidden(text: str) -> None:
    hidden = redact(text)
    assert SECRET not in hidden
    assert "***" in hidden


@pytest.mark.parametrize(
    "text",
    [
        "global.seed=7",
        "data.raw_dir=/data/keys/raw",
        "Write overrides as key=value",
        "Set it: KEY=VALUE",
        "https://host/path?x=1",
        "author: somebody",
        "Unknown configuration key. where: data.split",
        "sha256 " + "ab" * 32,
    ],
)
def test_ordinary_text_is_kept(text: str) -> None:
    assert redact(text) == text


def test_arguments_are_hidden_whole() -> None:
    arguments = ["train", "--token", SECRET, "-v", f"password={SECRET} & more", "a=1"]
    assert redact_arguments(arguments) == ["train", "--token", "***", "-v", "password=***", "a=1"]


@pytest.mark.parametrize("unit", ["x", "a.", "token", "key=", "a://", "-"])
def test_long_text_takes_linear_time(unit: str) -> None:
    began_s = time.perf_counter()
    redact(unit * 20_000)
    assert time.perf_counter() - began_s < 2.0


@given(st.text())
def test_hiding_twice_changes_nothing(text: str) -> None:
    assert redact(redact(text)) == redact(text)
