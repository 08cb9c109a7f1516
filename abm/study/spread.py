"""How figures spread over seeds."""

import math
from collections.abc import Sequence

import numpy as np

#: Fewer worlds than this say nothing of 5 and 95 %.
FEW_WORLDS = 8


def summary(values: Sequence[float] | np.ndarray, prefix: str = "") -> dict[str, float]:
    """mean, 5 and 95 % quantiles, and the standard error of the mean over seeds (nan for a single one); all nan for none."""
    x = np.asarray(values, dtype=np.float64)
    if not x.size:
        return {f"{prefix}{name}": math.nan for name in ("mean", "p5", "p95", "error")}
    error = float(x.std(ddof=1) / math.sqrt(x.size)) if x.size > 1 else math.nan
    low, high = (float(q) for q in np.quantile(x, (0.05, 0.95)))
    return {f"{prefix}mean": float(x.mean()), f"{prefix}p5": low, f"{prefix}p95": high, f"{prefix}error": error}


def spread_columns(*prefixes: str) -> list[str]:
    """Names of the columns that :func:`summary` makes for each prefix."""
    return [name for prefix in prefixes for name in summary([], prefix)]
