"""Picture of an appraisal: who gains and who pays, as bars of present value."""

import numpy as np
from matplotlib.figure import Figure

from abm.corridor.prose import counted
from abm.figures import style
from abm.figures.rows import rows_figure
from abm.study.accounts import CLIMATE, COUNTRY_ACCOUNTS, OTHERS, main_holders
from abm.study.appraisal import NPV, Appraisal
from abm.worlds import TRANSPORT

_MILLION = 1e-6
_BAR = 0.62
#: Room beside the longest bars, of the width between them.
_MARGIN = 0.03
#: Colour of what transit saves, beside that of users.
_LIGHT = ("#9ccbe8",)
#: Accounts in the order of the key; the climate's own comes last.
_COLOURS = dict(
    zip(
        (*COUNTRY_ACCOUNTS, CLIMATE),
        (*style.SERIES_COLOURS[:1], *_LIGHT, *style.SERIES_COLOURS[1:], style.MUTED),
        strict=True,
    )
)
_WORDS = {"duty": "customs duty", "charges": "tolls and fees", "works": "capital and upkeep", "climate": "CO2e"}


def accounts_figure(result: Appraisal) -> Figure:
    """Stacked bars of present value by holder and account, means over worlds, transport alone; a dot for each holder's sum."""
    rows = result.accounts[result.accounts["arm"] == TRANSPORT]
    holders, others = main_holders(rows)
    rows = rows.assign(holder=rows["holder"].where(~rows["holder"].isin(others), OTHERS))
    holders = [*holders, OTHERS] if others else holders
    value = rows.groupby(["holder", "account"])["pv_mean"].sum()
    sums = np.array([float(value[holder].sum()) for holder in holders]) * _MILLION
    net = result.results[(result.results["arm"] == TRANSPORT) & (result.results["measure"] == NPV)].iloc[0]
    with style.settings():
        figure, axes = rows_figure(
            holders, np.arange(float(len(holders))), _title(result, _MILLION * float(net["mean"])), _subtitle(result),
            "Dots: the sum of each. Transfers stand with both signs and vanish in the sum over all rows. Case data and "
            "assumptions with ranges and grades: caravan explain CASE assumptions.",
            right_in=0.3,
        )  # fmt: skip
        used = [name for name in _COLOURS if (value.xs(name, level="account").abs() > 0.0).any()] if len(value) else []
        right, left = np.zeros(len(holders)), np.zeros(len(holders))
        for name in used:
            share = np.array([_MILLION * float(value.get((holder, name), 0.0)) for holder in holders])
            base = np.where(share >= 0.0, right, left)
            axes.barh(np.arange(len(holders)), share, _BAR, left=base, color=_COLOURS[name], linewidth=0)
            right, left = right + np.maximum(share, 0.0), left + np.minimum(share, 0.0)
        low, high = min(left.min(), sums.min()), max(right.max(), sums.max())
        axes.set_xlim(low - _MARGIN * (high - low), high + _MARGIN * (high - low))
        axes.axvline(0.0, color=style.MUTED, linewidth=0.8)
        axes.plot(sums, np.arange(len(holders)), "o", ms=6, mfc=style.PAPER, mec=style.INK, mew=1.3, zorder=4)
        axes.set_xlabel("present value at the start of the works, USD m")
        _keys(axes_figure=figure, names=used)
    return figure


def _keys(axes_figure: Figure, names: list[str]) -> None:
    axes = axes_figure.axes[0]
    bars = [container.patches[0] for container in axes.containers if hasattr(container, "patches")]
    axes.legend(
        bars, [_WORDS.get(name, name) for name in names], loc="lower left", bbox_to_anchor=(0.0, 1.0), ncol=len(names),
        borderaxespad=0.2, borderpad=0.0, handletextpad=0.4, handlelength=1.0, columnspacing=1.2,
    )  # fmt: skip


def _title(result: Appraisal, net: float) -> str:
    words = "gains" if net >= 0.0 else "loses"
    return f"{result.project.title}: the world {words} {abs(net):,.0f} million USD in present value"


def _subtitle(result: Appraisal) -> str:
    worlds = counted(len(result.seeds), "pair of worlds", "pairs of worlds")
    years = f"{result.horizon_years:g} years of operation"
    return f"Transport only (phi = 0), {years}, real rate {100 * result.rate:g} %; mean of {worlds}."
