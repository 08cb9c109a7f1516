"""Colours can be read on their ground, and told apart by readers who do not see red or green."""

import re
from itertools import combinations, pairwise

import numpy as np
import pytest

from abm.viz.palette import colours, palette

TEXT, GRAPHICS = 4.5, 3.0
#: Distance in CIELAB at which two colours side by side are told apart at a glance.
APART = 25.0
STEP_APART = 8.0
#: Severity 1.0 of Machado, Oliveira and Fernandes (2009), on linear RGB.
EYES = {
    "all cones": np.eye(3),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
}
GROUNDS = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


def linear(colour: str) -> np.ndarray:
    """Linear RGB of a hex colour."""
    parts = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ [0.2126, 0.7152, 0.0722])


def contrast(one: str, other: str) -> float:
    """Contrast ratio of WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    """CIELAB of linear RGB under D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    t = to_xyz @ rgb / np.array([0.95047, 1.0, 1.08883])
    f = np.where(t > 216 / 24389, np.cbrt(t), (24389 / 27 * t + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(one: str, other: str, eye: str) -> float:
    seen = [lab(np.clip(EYES[eye] @ linear(colour), 0.0, 1.0)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def table(dark: bool) -> dict[str, str]:
    """Meaning -> colour, the delay scale as delay0 .. delay4."""
    found = colours(dark=dark)
    flat = {name: value for name, value in found.items() if isinstance(value, str)}
    return flat | {f"delay{i}": colour for i, colour in enumerate(found["delay"])}


def test_contrast_is_the_one_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_both_grounds_have_the_same_words() -> None:
    both = palette()
    assert both["light"].keys() == both["dark"].keys()
    assert len(both["light"]["delay"]) == len(both["dark"]["delay"]) == 5
    for dark in (False, True):
        assert all(re.fullmatch("#[0-9a-f]{6}", colour) for colour in table(dark).values())


@GROUNDS
def test_words_can_be_read(dark: bool) -> None:
    c = table(dark)
    for ground in ("paper", "card", "land", "water"):
        for word in ("ink", "muted"):
            assert contrast(c[word], c[ground]) >= TEXT, (word, ground)
    assert contrast(c["on_accent"], c["with"]) >= TEXT


@GROUNDS
def test_what_has_a_meaning_on_the_map_stands_out_from_land_and_water(dark: bool) -> None:
    c = table(dark)
    marks = ["road", "rail", "sea", "border", "closed", "planned", "queue", "incident", "select", "more", "less"]
    for mark in [*marks, *(f"delay{i}" for i in range(5))]:
        for ground in ("land", "water", "paper"):
            assert contrast(c[mark], c[ground]) >= GRAPHICS, (mark, ground)


@GROUNDS
def test_what_has_a_meaning_in_a_chart_stands_out_from_paper_and_card(dark: bool) -> None:
    c = table(dark)
    for mark in ("with", "without", "highlight", "road", "rail", "sea", "incident", "more", "less"):
        for ground in ("paper", "card"):
            assert contrast(c[mark], c[ground]) >= GRAPHICS, (mark, ground)


@GROUNDS
@pytest.mark.parametrize("eye", EYES)
def test_colours_that_stand_side_by_side_stay_apart(dark: bool, eye: str) -> None:
    c = table(dark)
    groups = [("road", "rail", "sea"), ("with", "without", "highlight"), ("more", "less"), ("queue", "incident")]
    for group in groups:
        for one, other in combinations(group, 2):
            assert distance(c[one], c[other], eye) >= APART, (one, other)
    for one, other in pairwise(f"delay{i}" for i in range(5)):
        assert distance(c[one], c[other], eye) >= STEP_APART, (one, other)


@GROUNDS
def test_the_delay_scale_ends_where_it_stands_out_most(dark: bool) -> None:
    c = table(dark)
    steps = [contrast(c[f"delay{i}"], c["land"]) for i in range(5)]
    assert steps == sorted(steps)
    assert steps[-1] > 2 * steps[0]
