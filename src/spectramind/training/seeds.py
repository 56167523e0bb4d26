"""Random numbers of training: where they start, and their state as plain tensors for a checkpoint."""

from __future__ import annotations

import hashlib
import os
import random
from typing import Any

import numpy as np
import torch


def derive_seed(seed: int, *labels: str | int) -> int:
    """Return a seed of 32 bits for a purpose, such as ``derive_seed(seed, "fold", 3)``: a hash, so that purposes are unrelated."""
    text = "/".join(map(repr, (seed, *labels)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")


def numpy_generator(seed: int, *labels: str | int) -> np.random.Generator:
    """Return a generator for a purpose, independent of every other."""
    return np.random.default_rng(derive_seed(seed, *labels))


def seed_everything(seed: int, *labels: str | int) -> None:
    """Seed the global generators of Python, numpy and torch (all devices) for a purpose."""
    derived = derive_seed(seed, *labels)
    random.seed(derived)
    np.random.seed(derived)  # noqa: NPY002 - libraries use the global generator
    torch.manual_seed(derived)


def make_deterministic(threads: int) -> None:
    """Let equal inputs give equal bits: deterministic algorithms, no autotuning, a fixed number of threads.

    Sums depend on how many threads share them. On a GPU deterministic kernels may be slower, and an operation that has
    none only warns.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.backends.cudnn.benchmark = False
    torch.set_num_threads(threads)


def random_state() -> dict[str, Any]:
    """Return the state of the global generators as tensors, numbers and lists of them."""
    version, words, gauss = random.getstate()
    algorithm, key, position, has_gauss, cached = np.random.get_state(legacy=True)  # noqa: NPY002
    return {
        "python": {"version": version, "words": torch.tensor(words, dtype=torch.int64), "gauss": gauss},
        "numpy": {
            "algorithm": str(algorithm),
            "key": torch.from_numpy(np.asarray(key).astype(np.int64)),
            "position": int(position),
            "has_gauss": int(has_gauss),
            "cached": float(cached),
        },
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore_random_state(state: dict[str, Any]) -> None:
    """Continue where ``random_state`` was taken; states of GPUs that this machine lacks are left out."""
    python, legacy = state["python"], state["numpy"]
    random.setstate((python["version"], tuple(python["words"].tolist()), python["gauss"]))
    key = legacy["key"].numpy().astype(np.uint32)
    np.random.set_state((legacy["algorithm"], key, legacy["position"], legacy["has_gauss"], legacy["cached"]))  # noqa: NPY002
    torch.set_rng_state(state["torch"])
    for device, device_state in enumerate(state["cuda"][: torch.cuda.device_count()]):
        torch.cuda.set_rng_state(device_state, device)
