"""Training of one network, a member of the ensemble, through one phase of the curriculum."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
import torch
from torch.nn.utils import clip_grad_norm_
from torch.optim import AdamW
from torch.optim.lr_scheduler import LambdaLR

from spectramind.models.batch import PlanetBatch
from spectramind.models.network import Network
from spectramind.training.augment import augment
from spectramind.training.checkpoint import Checkpoint, CheckpointStore
from spectramind.training.collate import collate
from spectramind.training.examples import PlanetExample
from spectramind.training.journal import Journal, JournalLine
from spectramind.training.objective import Objective
from spectramind.training.oom import FittingStep
from spectramind.training.processes import Processes
from spectramind.training.profile import FILE, profiled
from spectramind.training.seeds import numpy_generator, random_state, restore_random_state
from spectramind.utils.config.learning import PhaseConfig, TrainConfig
from spectramind.utils.errors import ConfigError

JOURNAL_NAME = "journal.jsonl"
Report = Callable[[JournalLine], None]


@dataclass(frozen=True, kw_only=True)
class MemberPlan:
    """What one member is trained with.

    Attributes:
        seed: Of everything random; together with phase, fold, epoch and planet it gives each its own stream.
        training, validation: Examples; no planet is in both.
    """

    phase: str
    fold: int
    seed: int
    settings: TrainConfig
    curriculum: PhaseConfig
    training: Sequence[PlanetExample]
    validation: Sequence[PlanetExample]
    folder: Path


class MemberTraining:
    """Trains until the epochs are over or the validation has not improved for long; goes on where a killed run stopped.

    All random numbers come from seeds of their purpose, so that a run that is resumed ends with the same bits. The untrained state is
    validated and kept too: what training makes worse is never chosen.
    """

    def __init__(
        self, plan: MemberPlan, network: Network, objective: Objective, store: CheckpointStore, report: Report, processes: Processes
    ) -> None:
        self._plan, self._objective, self._store, self._report, self._processes = plan, objective, store, report, processes
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = network.to(self._device)
        self._parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self._optimizer = AdamW(self._parameters, lr=plan.curriculum.learning_rate, weight_decay=plan.settings.weight_decay)
        self._scheduler = LambdaLR(self._optimizer, self._relative_rate)
        self._fitting = FittingStep(self._add_gradients, self._parameters)
        self._journal = Journal(plan.folder / JOURNAL_NAME)
        self._epoch = self._step = self._waited = 0
        self._best = math.inf
        self._term_names: tuple[str, ...] = ()
        self._began_s = monotonic()

    def run(self) -> None:
        """Train, writing a checkpoint and journal lines after every epoch.

        Raises:
            ConfigError: If the loss is not finite, or a single planet does not fit into memory.
        """
        restored = self._store.latest()
        if restored is None:
            if self._processes.leads:
                self._journal.rewind(self._plan.fold, -1)  # what was written before a first checkpoint that never came
            self._end_epoch({})
        else:
            self._restore(restored)
        with torch.autograd.set_detect_anomaly(self._plan.settings.anomaly):
            while self._epoch < self._plan.curriculum.epochs and self._waited < self._plan.settings.patience:
                self._epoch += 1
                first = self._epoch == 1 and self._plan.settings.profiler and self._processes.leads
                with profiled(self._plan.folder / FILE) if first else nullcontext():
                    losses = self._train_epoch()
                self._end_epoch(losses)

    @property
    def _group(self) -> int:
        return self._plan.settings.batch_size * self._plan.settings.accumulate

    def _relative_rate(self, step: int) -> float:
        """Rise in a straight line, then fall along a cosine to zero."""
        total = max(1, self._plan.curriculum.epochs * math.ceil(len(self._plan.training) / self._group))
        warmup = self._plan.settings.warmup * total
        if step < warmup:
            return (step + 1) / (warmup + 1)
        return 0.5 * (1.0 + math.cos(math.pi * min((step - warmup) / max(total - warmup, 1.0), 1.0)))

    def _train_epoch(self) -> dict[str, float]:
        """Take every training planet once, in an order of this epoch; return the mean of all terms."""
        self.network.train()
        order = numpy_generator(self._plan.seed, self._plan.phase, self._plan.fold, "order", self._epoch).permutation(
            len(self._plan.training)
        )
        sums: dict[str, float] = {}
        for start in range(0, len(order), self._group):
            chosen = order[start : start + self._group]
            terms = self._take_step(chosen)
            for name, value in terms.items():
                sums[name] = sums.get(name, 0.0) + value * len(chosen) / len(order)
        return sums

    def _take_step(self, chosen: np.ndarray[Any, np.dtype[np.int64]]) -> dict[str, float]:
        """Add up the gradients of one group of planets, batch by batch, and move."""
        self._optimizer.zero_grad(set_to_none=True)
        sums: dict[str, float] = {}
        for start in range(0, len(chosen), self._plan.settings.batch_size):
            rows = chosen[start : start + self._plan.settings.batch_size]
            rows = rows[self._processes.own(len(rows))]
            if len(rows) == 0:
                continue
            batch = self._batch([self._augmented(int(row)) for row in rows], "step")
            self._share = len(rows) / len(chosen)
            for name, value in self._fitting(batch).items():
                sums[name] = sums.get(name, 0.0) + self._share * value
        self._processes.add_gradients(self._parameters)
        terms = self._processes.add_terms(sums, self._term_names)
        if not math.isfinite(terms["total"]):
            raise ConfigError(
                "the training loss is not finite",
                where=f"train.{self._plan.phase}, fold {self._plan.fold}, step {self._step}",
                received=terms["total"],
                hint=f"a smaller train.{self._plan.phase}.learning_rate; train.anomaly=true says where it comes from",
            )
        clip_grad_norm_(self._parameters, self._plan.settings.clip_norm)
        self._optimizer.step()
        self._scheduler.step()
        self._step += 1
        if self._processes.leads:
            self._journal.append(self._line("step", terms, {}))
        return terms

    def _augmented(self, row: int) -> PlanetExample:
        example = self._plan.training[row]
        generator = numpy_generator(self._plan.seed, self._plan.phase, self._plan.fold, self._epoch, example.planet_id)
        return augment(example, self._plan.settings.augment, generator)

    def _batch(self, examples: Sequence[PlanetExample], purpose: str) -> PlanetBatch:
        """Collate planets, and draw each its numbers, the same whoever shares the batch."""
        batch = collate(examples)
        draws = self._objective.draws(batch)
        if draws:
            epoch = self._epoch if purpose == "step" else 0
            streams = [numpy_generator(self._plan.seed, self._plan.phase, purpose, epoch, example.planet_id) for example in examples]
            batch = replace(batch, chance=torch.from_numpy(np.stack([stream.random(draws) for stream in streams])))
        return batch.to(self._device)

    def _add_gradients(self, batch: PlanetBatch, share: float) -> dict[str, float]:
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._plan.settings.amp):
            loss = self._objective(self.network, batch)
        (loss.total * (share * self._share)).backward()  # type: ignore[no-untyped-call]
        return loss.terms

    @torch.no_grad()
    def _validate(self) -> dict[str, float]:
        self.network.eval()
        sums: dict[str, float] = {}
        for examples in _parts(self._plan.validation, self._plan.settings.batch_size):
            for name, value in self._objective(self.network, self._batch(examples, "validation")).terms.items():
                sums[f"{name}_val"] = sums.get(f"{name}_val", 0.0) + value * len(examples) / len(self._plan.validation)
        return sums

    def _end_epoch(self, losses: dict[str, float]) -> None:
        metrics = self._validate()
        self._term_names = tuple(name.removesuffix("_val") for name in metrics)
        monitored = metrics[f"{self._objective.monitor}_val"]
        self._waited = 0 if monitored < self._best else self._waited + 1
        self._best = min(self._best, monitored)
        line = self._line("epoch", losses, metrics)
        if self._processes.leads:
            self._journal.append(line)
            self._store.save(self._checkpoint(metrics))
            self._report(line)

    def _line(self, event: str, losses: dict[str, float], metrics: dict[str, float]) -> JournalLine:
        return JournalLine(
            event=event,
            phase=self._plan.phase,
            fold=self._plan.fold,
            epoch=self._epoch,
            step=self._step,
            losses=losses,
            metrics=metrics,
            learning_rate=float(self._optimizer.param_groups[0]["lr"]),
            seconds=round(monotonic() - self._began_s, 3),
        )

    def _checkpoint(self, metrics: dict[str, float]) -> Checkpoint:
        return Checkpoint(
            weights=dict(self.network.state_dict()),
            optimizer=self._optimizer.state_dict(),
            scheduler={"last_epoch": self._scheduler.last_epoch},
            random=random_state(),
            phase=self._plan.phase,
            epoch=self._epoch,
            step=self._step,
            metrics=metrics,
            extra={"waited": self._waited, "best": self._best},
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        self.network.load_state_dict(checkpoint.weights)
        self._optimizer.load_state_dict(checkpoint.optimizer)
        self._scheduler.last_epoch = checkpoint.scheduler["last_epoch"]
        restore_random_state(checkpoint.random)
        self._epoch, self._step = checkpoint.epoch, checkpoint.step
        self._waited, self._best = int(checkpoint.extra["waited"]), float(checkpoint.extra["best"])
        self._term_names = tuple(name.removesuffix("_val") for name in checkpoint.metrics)
        if self._processes.leads:
            self._journal.rewind(self._plan.fold, self._step)


def _parts(examples: Sequence[PlanetExample], size: int) -> Iterator[Sequence[PlanetExample]]:
    for start in range(0, len(examples), size):
        yield examples[start : start + size]
