"""PRIM against EMA Workbench on the workbench's own example, the shallow lake: box for box the same."""

import importlib
import importlib.util
from typing import Any

import numpy as np
import pytest

from abm.study.prim import Space, find_boxes, limits_table, trajectory_table
from tests.lake_problem import examples

# Recorded with ema_workbench 3.0.0, ``Prim(x, y).find_box()`` with its defaults: (rows, of interest, restricted factors) by box.
# fmt: off
CLEAR = [
    (1000, 561, 0), (950, 556, 1), (902, 553, 1), (856, 544, 1), (813, 536, 2), (772, 526, 2), (733, 517, 2), (696, 508, 2),
    (661, 497, 2), (627, 484, 2), (595, 473, 2), (565, 460, 2), (536, 444, 2), (509, 427, 2), (483, 412, 2), (458, 396, 2),
    (435, 379, 2), (413, 363, 2), (392, 347, 2), (372, 332, 2), (353, 316, 2), (335, 301, 2), (318, 288, 3), (302, 274, 3),
    (286, 260, 3), (271, 248, 3), (257, 236, 3), (244, 225, 3), (231, 214, 4), (219, 203, 4), (208, 193, 5), (197, 183, 5),
    (187, 174, 5), (177, 165, 5), (178, 166, 5), (179, 167, 5), (180, 168, 5), (181, 169, 5), (182, 170, 5), (183, 171, 5),
    (184, 172, 5), (185, 173, 5), (186, 174, 5), (188, 176, 5), (190, 178, 5), (192, 180, 5), (194, 182, 5), (196, 184, 5),
    (197, 185, 5), (198, 186, 5),
]
PHOSPHORUS = [
    (1000, 352, 0), (950, 352, 1), (902, 352, 1), (856, 352, 1), (813, 352, 1), (772, 351, 1), (733, 351, 1), (696, 349, 1),
    (661, 347, 1), (627, 346, 1), (595, 344, 1), (565, 341, 1), (536, 336, 1), (509, 332, 1), (483, 325, 1), (458, 321, 1),
    (435, 314, 2), (413, 305, 2), (392, 298, 2), (372, 293, 2), (353, 284, 2), (335, 276, 2), (318, 267, 2), (302, 258, 3),
    (286, 248, 3), (271, 239, 3), (257, 230, 3), (244, 224, 3), (231, 214, 3), (219, 205, 3), (208, 197, 3), (197, 187, 3),
    (187, 179, 3), (177, 171, 3), (168, 163, 3), (159, 155, 3), (151, 148, 3), (143, 141, 3), (144, 142, 3), (145, 143, 3),
    (146, 144, 3), (147, 145, 3), (148, 146, 3), (149, 147, 2),
]
#: Limits of the last box, (low, high), and their quasi-p values, nan for an end of the range.
NAN = float("nan")
LIMITS = {
    "clear": {
        "b": ((0.28098144531249997, 0.44931640625), (2.8335105883224465e-18, NAN)),
        "q": ((2.9865112025605853, 4.28395061728395), (1.0005888178845122e-08, 0.22827133048509615)),
        "mean": ((0.011023999999999999, 0.04993600000000001), (0.5105799110496578, NAN)),
        "stdev": ((0.0012698875468554768, 0.004663473552686381), (0.4715684524974767, 0.37033719404681814)),
        "delta": ((0.9330653643876785, 0.9898196844477836), (0.3101633510682365, NAN)),
    },
    "phosphorus": {
        "b": ((0.1, 0.1886962890625), (NAN, 1.993196314401654e-48)),
        "q": ((2.0, 3.4700502972107907), (NAN, 2.905781405691466e-06)),
    },
}
# fmt: on
TRAJECTORIES = {"clear": CLEAR, "phosphorus": PHOSPHORUS}
is_installed = importlib.util.find_spec("ema_workbench") is not None


@pytest.mark.parametrize("name", ["clear", "phosphorus"])
def test_every_box_on_the_way_is_the_workbenchs(name: str) -> None:
    """The first example takes 33 peels and 16 pastes, the second one 37 and 6, the last of which frees a factor."""
    space = Space.of(*examples()[name])
    table = trajectory_table(space, find_boxes(space))
    assert list(table[["rows", "of_interest", "restricted"]].itertuples(index=False, name=None)) == TRAJECTORIES[name]


@pytest.mark.parametrize("name", ["clear", "phosphorus"])
def test_limits_and_quasi_p_values_of_the_last_box_are_the_workbenchs(name: str) -> None:
    space = Space.of(*examples()[name])
    table = limits_table(space, find_boxes(space)[-1])
    assert set(table.index) == set(LIMITS[name])
    for factor, (limits, p_values) in LIMITS[name].items():
        np.testing.assert_allclose(table.loc[factor, ["low", "high"]].astype(float), limits, rtol=1e-12)
        np.testing.assert_allclose(
            table.loc[factor, ["low_quasi_p", "high_quasi_p"]].astype(float), p_values, rtol=1e-9
        )


@pytest.mark.skipif(not is_installed, reason="compares with EMA Workbench itself where that is installed")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["clear", "phosphorus"])
def test_the_recorded_boxes_are_what_the_workbench_says_here(name: str) -> None:
    prim: Any = importlib.import_module("ema_workbench.analysis.prim")
    found = prim.Prim(*examples()[name]).find_box()
    steps = found.peeling_trajectory[["n", "k", "res_dim"]].astype(int)
    assert list(steps.itertuples(index=False, name=None)) == TRAJECTORIES[name]
    for factor, (limits, _) in LIMITS[name].items():
        np.testing.assert_allclose(found.box_lims[-1][factor].astype(float), limits, rtol=1e-12)


def test_the_recorded_boxes_say_what_the_lake_does() -> None:
    """A lake stays clear when it loses phosphorus fast and recycles little: b and q high. Its discount factor says nothing."""
    x, is_of_interest = examples()["clear"]
    space = Space.of(x, is_of_interest)
    best = limits_table(space, find_boxes(space)[20])
    assert list(best.index) == ["b", "q"]
    assert best["high_quasi_p"].isna().all()
