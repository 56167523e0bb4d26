from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from spectramind.utils.errors import BusyError, ConfigError
from spectramind.utils.runs import Workspace

HOLDER = """
import sys
from pathlib import Path
from spectramind.utils.runs import Workspace
with Workspace(Path(sys.argv[1])).lock("workspace"):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_folders_lie_below_the_root(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "a").ensure()
    for folder in (workspace.data, workspace.outputs, workspace.logs):
        assert folder.is_dir()
    inside = (
        workspace.calibrated,
        workspace.features,
        workspace.splits,
        workspace.events_path,
        workspace.debug_log_path,
        workspace.log_path,
    )
    assert all(path.is_relative_to(workspace.root) for path in inside)


def test_a_workspace_that_cannot_be_made_is_a_config_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigError) as caught:
        Workspace(tmp_path / "file" / "below").ensure()
    assert "paths.root" in caught.value.hint


def test_the_lock_of_another_process_makes_busy(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError) as caught, workspace.lock("workspace"):
            pass
        assert "paths.root" in caught.value.hint
        with workspace.lock("other"):
            pass
        holder.kill()
    with workspace.lock("workspace"):
        pass


def test_a_lock_name_cannot_leave_its_folder(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="lock name"):
        Workspace(tmp_path).lock_path("../x")
