"""What names a model: the same from the configuration and from the networks that were opened."""

from __future__ import annotations

from pathlib import Path

import tiny_training as tiny

from spectramind.inference.model_identity import model_identity, network_identity


def test_physics_is_its_kind_and_networks_are_their_hashes(tmp_path: Path) -> None:
    stage = tiny.make_stage(tmp_path, "train.supervised.epochs=1", planets=tiny.PLANETS[:2])
    assert model_identity(stage.config, stage.workspace) == {"kind": "network"}
    stage.train()
    record = stage.record()
    named = {"key": record.key, "members": {str(member.fold): member.sha256 for member in record.members}}
    assert network_identity(record) == named
    assert model_identity(stage.config, stage.workspace) == {"kind": "network", **named}
    assert model_identity(stage.changed("model.kind=physics").config, stage.workspace) == {"kind": "physics"}
