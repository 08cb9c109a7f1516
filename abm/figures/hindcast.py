"""Picture of hindcasts: each target's tolerance as a band, and where the model and its rivals lie."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import blended_transform_factory

from abm.corridor.prose import counted
from abm.figures import style
from abm.figures.rows import rows_figure
from abm.study.hindcast import HALVES, MODEL, NEXT_CHEAPEST, NO_CHANGE, Hindcast

Floats = npt.NDArray[np.float64]

#: Half-widths beyond which a mark stands at the edge of the picture, as an arrow.
_EDGE = 5.0
#: Row heights between two histories, between two halves beyond that, and from a half's heading to its first history.
_GAP, _HALF_GAP, _HEADING = 0.9, 0.8, 1.4
_HEADING_PT = 10.5
#: Marker, its form at the left and the right edge, colour, whether full, and words.
_MARKS = {
    NO_CHANGE: ("s", style.WITHOUT, False, "no change"),
    NEXT_CHEAPEST: ("D", style.HIGHLIGHT, False, "all to the next cheapest"),
    MODEL: ("o", style.WITH, True, "model"),
}
_OFFSETS = {NO_CHANGE: -0.22, NEXT_CHEAPEST: 0.22, MODEL: 0.0}


def hindcast_figure(result: Hindcast) -> Figure:
    """One row a target, in half-widths of its tolerance from what was observed; histories under their titles, those that may be
    fitted to before those held back."""
    table, histories = _by_half(result.targets), _by_half(result.histories)
    headings, titles, row_of = _places(histories)
    labels = [str(name) for name in table["target_id"]]
    with style.settings():
        figure, axes = rows_figure(labels, row_of, _title(result), _subtitle(result), _NOTE, right_in=0.3)
        axes.axvspan(-1.0, 1.0, color=style.REFERENCE, alpha=0.7, linewidth=0, zorder=0)
        axes.axvline(0.0, color=style.MUTED, linewidth=0.8, zorder=1)
        _errors(axes, table, row_of)
        for who, (marker, colour, is_full, _) in _MARKS.items():
            miss = table[f"miss_{who}"].to_numpy(dtype=np.float64)
            _marks(axes, miss, row_of + _OFFSETS[who], marker, colour, is_full=is_full)
        axes.set_xlim(-_EDGE - 0.3, _EDGE + 0.3)
        axes.set_xlabel("half-widths of the tolerance from what was observed")
        across = blended_transform_factory(figure.transFigure, axes.transData)
        words: dict[str, Any] = {
            "transform": across, "weight": "bold", "va": "center", "parse_math": False, "clip_on": False, "zorder": 5,
            "bbox": {"facecolor": style.PAPER, "linewidth": 0, "pad": 2.0},
        }  # fmt: skip
        for title, place in zip(histories["title"], titles, strict=True):
            axes.text(style.EDGE_IN / style.WIDTH_IN, place, str(title), **words)
        for use, place in headings.items():
            axes.axhspan(place - 0.6, place + 0.6, color=style.PAPER, linewidth=0, zorder=4)  # no band behind a heading
            axes.text(style.EDGE_IN / style.WIDTH_IN, place, HALVES[use], size=_HEADING_PT, color=style.MUTED, **words)
        _keys(axes)
    return figure


_NOTE = (
    "Above 0: more than observed. Arrows: farther off than five half-widths. Bars: two Monte Carlo standard errors of the model. "
    "Next cheapest: everybody takes the cheapest way left at once."
)


def _by_half(table: pd.DataFrame) -> pd.DataFrame:
    """Rows that may be fitted to, then those held back, each in their order."""
    return pd.concat([table[table["use"] == use] for use in HALVES], ignore_index=True)


def _places(histories: pd.DataFrame) -> tuple[dict[str, float], Floats, Floats]:
    """Places of the headings of halves, of the titles of histories, and of their targets."""
    headings: dict[str, float] = {}
    titles: list[float] = []
    targets: list[float] = []
    place = 0.0
    for use, n_targets in zip(histories["use"], histories["n_targets"], strict=True):
        if use not in headings:
            headings[use] = place + (_HALF_GAP if headings else 0.0)
            place = headings[use] + _HEADING
        titles.append(place)
        targets += [place + 1.0 + n for n in range(int(n_targets))]
        place += 1.0 + int(n_targets) + _GAP
    return headings, np.array(titles), np.array(targets)


def _keys(axes: Axes) -> None:
    """Keys above the axes, from the left edge of the picture."""
    handles: list[Artist] = [Patch(facecolor=style.REFERENCE, alpha=0.7, linewidth=0)]
    for marker, colour, is_full, _ in _MARKS.values():
        face = colour if is_full else style.PAPER
        handles.append(Line2D([], [], ls="", marker=marker, ms=6, mfc=face, mec=colour, mew=1.3))
    words = ["within tolerance", *(words for *_, words in _MARKS.values())]
    axes.legend(
        handles, words, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncol=len(words), borderaxespad=0.2, borderpad=0.0,
        handletextpad=0.4, handlelength=1.2, columnspacing=1.4,
    )  # fmt: skip


def _marks(axes: Axes, miss: Floats, rows: Floats, marker: str, colour: str, *, is_full: bool) -> None:
    face = colour if is_full else style.PAPER
    for shown, mask in ((marker, np.abs(miss) <= _EDGE), ("<", miss < -_EDGE), (">", miss > _EDGE)):
        axes.plot(
            np.clip(miss[mask], -_EDGE, _EDGE), rows[mask], shown, ms=6 if is_full else 5, mfc=face, mec=colour, mew=1.3,
            ls="", zorder=4 if is_full else 3, clip_on=False,
        )  # fmt: skip


def _errors(axes: Axes, table: pd.DataFrame, rows: Floats) -> None:
    """Two standard errors of the model's mean on either side."""
    miss = table["miss_model"].to_numpy(dtype=np.float64)
    width = np.where(miss > 0.0, table["high"] - table["value"], table["value"] - table["low"])
    reach = np.nan_to_num(2.0 * table["error"].to_numpy(dtype=np.float64) / width)
    low, high = np.clip(miss - reach, -_EDGE, _EDGE), np.clip(miss + reach, -_EDGE, _EDGE)
    axes.hlines(rows, low, high, colors=style.WITH, linewidth=2.4, alpha=0.4, zorder=2)


def _title(result: Hindcast) -> str:
    n, within = len(result.targets), int(result.targets["is_within"].sum())
    won, histories = int(result.histories["beats_both"].sum()), result.histories
    if len(histories) == 1:
        verdict = "beats" if won else "does not beat"
        return f"{histories['title'].iloc[0]}: {within} of {n} within tolerance; the model {verdict} both rivals"
    return f"{within} of {n} observations within tolerance; {won} of {len(histories)} histories better told than by both rivals"


def _subtitle(result: Hindcast) -> str:
    events, seeds = counted(len(result.histories), "dated event"), counted(len(result.seeds), "pair")
    return f"{events} played again, {seeds} of worlds each."
