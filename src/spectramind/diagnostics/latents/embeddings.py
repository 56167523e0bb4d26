"""Maps of planets in the plane: principal components, t-SNE and UMAP, the same from the same seed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

METHODS = ("PCA", "t-SNE", "UMAP")
# With fewer planets neighbourhoods mean nothing: only the principal components are shown.
FEWEST = 8
NEIGHBOURS, PERPLEXITY = 15, 30.0
# What t-SNE and UMAP are given: distances in more dimensions are mostly noise.
COMPONENTS = 30
TINY = 1e-12


def standardised(values: Array) -> Array:
    """Return (planet, feature) values with mean 0 and standard deviation 1 in every column; a constant column becomes 0."""
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    return np.where(spread > TINY * np.abs(values).max(axis=0, initial=1.0), centred / np.maximum(spread, TINY), 0.0)


def principal_components(values: Array, count: int) -> Array:
    """Return the (planet, count) coordinates along the directions of largest variance, the largest first.

    A direction's sign is free; here its largest loading is positive. Where there are fewer directions, the rest of the columns are 0.
    """
    left, singular, right = np.linalg.svd(values - values.mean(axis=0), full_matrices=False)
    sign = np.sign(np.take_along_axis(right, np.abs(right).argmax(axis=1)[:, None], axis=1)[:, 0])
    scores = left * singular * sign
    found = np.zeros((len(values), count))
    found[:, : min(count, scores.shape[1])] = scores[:, :count]
    return found


def embeddings(latents: Array, seed: int) -> dict[str, Array]:
    """Map standardised latents to the plane by every method of `METHODS` for which there are planets enough.

    Sources: van der Maaten & Hinton (2008, JMLR 9, 2579) and McInnes, Healy & Melville (2018, arXiv:1802.03426), both begun from the
    principal components, as Kobak & Linderman (2021, doi:10.1038/s41587-020-00809-z) advise, so that the large structure is no accident of
    the seed. They run on one thread, on which the order of sums is fixed.

    Args:
        latents: (planet, feature), finite, at least one planet.
        seed: Of whatever is drawn.

    Returns:
        Method -> (planet, 2) coordinates without unit. Fewer than `FEWEST` planets are mapped by principal components alone.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(1):
        columns = standardised(latents)
        maps = {"PCA": principal_components(columns, 2)}
        if len(latents) >= FEWEST:
            reduced = principal_components(columns, min(COMPONENTS, *columns.shape))
            maps["t-SNE"] = _tsne(reduced, seed)
            maps["UMAP"] = _umap(reduced, seed)
    return maps


def _tsne(values: Array, seed: int) -> Array:
    from sklearn.manifold import TSNE

    perplexity = min(PERPLEXITY, (len(values) - 1) / 3.0)
    mapped: Array = TSNE(perplexity=perplexity, init="pca", random_state=seed, n_jobs=1).fit_transform(values)
    return mapped.astype(np.float64)


def _umap(values: Array, seed: int) -> Array:
    from umap import UMAP

    neighbours = min(NEIGHBOURS, len(values) - 1)
    mapped: Array = UMAP(n_neighbors=neighbours, init="pca", random_state=seed, n_jobs=1).fit_transform(values)
    return mapped.astype(np.float64)
