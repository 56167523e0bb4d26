"""What sampled calls leave behind: a CSV of samples for each, one CSV with a row per stage of all, and their configurations.

outputs/diagnostics/profile/{UTC time}_{command}.csv   samples over time
outputs/diagnostics/profile.csv                        one row a stage
outputs/diagnostics/configs/{hash}.json                the resolved configuration behind a hash
Only the last calls are kept.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from spectramind.utils.artifacts import write_json, write_text
from spectramind.utils.runs import Workspace
from spectramind.utils.sampling import Sample

if TYPE_CHECKING:
    from filelock import FileLock

LOCK, LOCK_TIMEOUT_S = "profile", 30.0
SAMPLE_COLUMNS = ("elapsed_s", "stage", "processes", "cpu_pct", "rss_mib", "read_mib", "written_mib", "gpu_pct", "gpu_mib")


@dataclass(frozen=True, kw_only=True)
class StageUsage:
    """What one stage of one call took.

    Attributes:
        ts: When the call began, as in events.jsonl.
        cmd: Command line without secrets, as in events.jsonl.
        stage: As in `stage_s/NAME` of the event's metrics.
        cpu_s: Processor time, of children that have ended too.
        peak_rss_mib: Largest resident memory of the process and its children together.
        mean_cpu_pct: Processor time over wall time; 100 is one core.
        read_mib, written_mib: Moved from and to disks.
        gpu_pct: Mean share of the time in which the graphics card worked.
        gpu_mib: Largest memory in use on it.
        items: Steps of progress that were counted in the stage.
        items_per_s: The same over the wall time.
    """

    ts: str
    cmd: str
    stage: str
    wall_s: float
    cpu_s: float
    peak_rss_mib: float
    mean_cpu_pct: float
    read_mib: float | None
    written_mib: float | None
    gpu_pct: float | None
    gpu_mib: float | None
    items: int
    items_per_s: float


STAGE_COLUMNS = tuple(field.name for field in fields(StageUsage))


def diagnostics_folder(workspace: Workspace) -> Path:
    """Return where diagnostics go."""
    return workspace.outputs / "diagnostics"


def samples_folder(workspace: Workspace) -> Path:
    """Return where the samples of calls go."""
    return diagnostics_folder(workspace) / "profile"


def stages_path(workspace: Workspace) -> Path:
    """Return the table of stages."""
    return diagnostics_folder(workspace) / "profile.csv"


def configs_folder(workspace: Workspace) -> Path:
    """Return where resolved configurations are kept by their hash."""
    return diagnostics_folder(workspace) / "configs"


def write_profile(workspace: Workspace, samples: Sequence[Sample], stages: Sequence[StageUsage], *, keep: int) -> Path:
    """Write the samples of a call, add its stages to the table, and forget what is older than the last `keep` calls.

    Args:
        workspace: Where both go.
        samples: Of the call, oldest first.
        stages: Of the call; the last one is the call itself and names the file.
        keep: Calls kept.
    """
    whole = stages[-1]
    moment, command = whole.ts.replace("-", "").replace(":", ""), whole.stage.replace(" ", "-")
    path = samples_folder(workspace) / f"{moment}_{command}.csv"
    with _alone(workspace):
        write_text(path, to_csv(SAMPLE_COLUMNS, sample_rows(samples)))
        _forget(samples_folder(workspace).glob("*.csv"), keep)
        rows: list[Mapping[str, object]] = [*_known_stages(workspace), *map(asdict, stages)]
        calls = list(dict.fromkeys((row["ts"], row["cmd"]) for row in rows))[-keep:]
        write_text(stages_path(workspace), to_csv(STAGE_COLUMNS, (row for row in rows if (row["ts"], row["cmd"]) in calls)))
    return path


def keep_config(workspace: Workspace, sha256: str, resolved: Mapping[str, object], *, keep: int) -> None:
    """Keep a resolved configuration under its hash, so that two runs can be told apart key by key later."""
    with _alone(workspace):
        write_json(configs_folder(workspace) / f"{sha256}.json", resolved)
        _forget(configs_folder(workspace).glob("*.json"), keep)


def sample_rows(samples: Sequence[Sample]) -> Iterator[dict[str, object]]:
    """Yield the rows of a file of samples; the load of the processors is that since the sample before."""
    before_s, before_cpu_s = 0.0, 0.0
    for sample in samples:
        card = sample.card
        yield {
            "elapsed_s": sample.elapsed_s,
            "stage": sample.stage,
            "processes": sample.processes,
            "cpu_pct": 100.0 * max(sample.cpu_s - before_cpu_s, 0.0) / max(sample.elapsed_s - before_s, 1e-6),
            "rss_mib": sample.rss_mib,
            "read_mib": sample.read_mib,
            "written_mib": sample.written_mib,
            "gpu_pct": None if card is None else card.busy_pct,
            "gpu_mib": None if card is None else card.used_mib,
        }
        before_s, before_cpu_s = sample.elapsed_s, sample.cpu_s


def read_rows(path: Path) -> list[dict[str, str]]:
    """Return the rows of one of these tables as text; empty where the file is not there or cannot be read."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            return [row for row in csv.DictReader(stream) if None not in row and None not in row.values()]
    except (OSError, UnicodeDecodeError, csv.Error):
        return []


def to_csv(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Return a table as text; numbers with six digits, None as nothing."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n", extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows({name: f"{cell:.6g}" if isinstance(cell, float) else cell for name, cell in row.items()} for row in rows)
    return text.getvalue()


def _alone(workspace: Workspace) -> FileLock:
    """Return the lock under which files are written and forgotten: another call would look at one that has just gone."""
    from filelock import FileLock

    return FileLock(workspace.lock_path(LOCK), timeout=LOCK_TIMEOUT_S)


def _known_stages(workspace: Workspace) -> list[dict[str, str]]:
    """Return the rows of the table of stages; those of a table with other columns are given up."""
    return [row for row in read_rows(stages_path(workspace)) if tuple(row) == STAGE_COLUMNS]


def _forget(paths: Iterable[Path], keep: int) -> None:
    for path in sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))[:-keep]:
        path.unlink(missing_ok=True)
