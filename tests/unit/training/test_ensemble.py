"""The record of a trained phase: there and back, and damage."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from spectramind.training.ensemble import EnsembleRecord, MemberRecord, checkpoints_folder, read_record, record_path, write_record
from spectramind.utils.config import config_dict, load_config
from spectramind.utils.errors import ConfigError, InputDataError
from spectramind.utils.runs import Workspace

MODEL = load_config([]).model


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path).ensure()


def make_record() -> EnsembleRecord:
    member = MemberRecord(fold=1, checkpoint="outputs/x.safetensors", sha256="a" * 64, epoch=2, epochs=3, metrics={"gll_val": -1.5})
    return EnsembleRecord(
        key="k" * 64,
        phase="mae",
        model=config_dict(MODEL),
        sigma_min=1e-6,
        seed=3,
        splits_sha256="s",
        fold_of={"11": 0, "12": 1},
        seam_bins=(4, 9),
        wavelength_um=(0.7, 1.95, 2.0),
        data_hash="d",
        training_sha256="t",
        started_from="",
        set_aside={"13": "the dark is gone"},
        members=(member,),
    )


def test_there_and_back(workspace: Workspace) -> None:
    record = make_record()
    assert write_record(workspace, record) == record_path(workspace, "mae")
    assert read_record(workspace, "mae") == record
    assert record.model_config == MODEL
    assert record.member(1) == record.members[0]
    assert record.member(0) is None


def test_every_phase_has_its_own(workspace: Workspace) -> None:
    write_record(workspace, make_record())
    assert read_record(workspace, "supervised") is None
    assert checkpoints_folder(workspace, "supervised") != checkpoints_folder(workspace, "mae")


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"text"', "null", "{}", '{"members": 3}', '{"members": [{}]}', "\x00\xff"])
def test_damage_is_named(workspace: Workspace, text: str) -> None:
    path = record_path(workspace, "mae")
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(InputDataError, match="cannot be read") as caught:
        read_record(workspace, "mae")
    assert str(path) in caught.value.hint


@pytest.mark.parametrize("old, new", [('"seed": 3', '"seeds": 3'), ('"fold": 1', '"folds": 1')])
def test_other_keys_are_damage(workspace: Workspace, old: str, new: str) -> None:
    path = write_record(workspace, make_record())
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    with pytest.raises(InputDataError):
        read_record(workspace, "mae")


def test_a_network_of_another_version_is_refused() -> None:
    record = make_record()
    with pytest.raises(ConfigError):
        assert replace(record, model={**record.model, "kidn": "network"}).model_config
