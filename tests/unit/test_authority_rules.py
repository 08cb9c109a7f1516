"""Bad rows of authorities.csv, consents.csv and openings.csv: place, field, value, rule, nearest name."""

import shutil
from pathlib import Path

import pytest

from abm.corridor.catalogue import packaged_cases
from abm.corridor.check import check
from abm.corridor.explain import explain
from tests.integration.broken import Break, cell, line


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the toy case that a test may spoil."""
    return Path(shutil.copytree(packaged_cases()["toy"], tmp_path / "mine"))


def gone(file: str) -> Break:
    """Delete a file."""
    return lambda folder: (folder / file).unlink()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            cell("consents.csv", 2, "authority_id", "arlnd"),
            "consents.csv:2 column authority_id: 'arlnd' is not an authority of authorities.csv; did you mean 'arland'?",
        ),
        (
            cell("consents.csv", 3, "link_id", "road-ask-bk"),
            "consents.csv:3 column link_id: 'road-ask-bk' is not a link; did you mean 'road-ask-bek'?",
        ),
        (
            line("consents.csv", "road-ask-bek,arland,again,invented,C,"),
            "consents.csv:13 column link_id/authority_id: 'road-ask-bek/arland' stands already at consents.csv:2",
        ),
        (gone("authorities.csv"), "consents.csv: needs authorities.csv, which says who the authorities are"),
        (
            line("authorities.csv", "lonely,Lonely,XZ,state,invented,C,"),
            "authorities.csv:6 column authority_id: 'lonely' holds no link of consents.csv, and no hazard or regime is its act",
        ),
        (
            cell("authorities.csv", 2, "role", "king"),
            "authorities.csv:2 column role: 'king' must match ^(state|operator|gatekeeper)$",
        ),
        (
            cell("hazards.csv", 6, "authority_id", "northern-rial"),
            "hazards.csv:6 column authority_id: 'northern-rial' is not an authority of authorities.csv; did you mean "
            "'northern-rail'?",
        ),
        (
            cell("openings.csv", 2, "policy_id", "reopn"),
            "openings.csv:2 column policy_id: 'reopn' is not a policy of policies.csv; did you mean 'reopen'?",
        ),
        (
            cell("openings.csv", 2, "likely", "2033-01-01"),
            "openings.csv:2 column latest: 2032-01-01 must not be before 2033-01-01: earliest, likely, latest in this order",
        ),
        (
            cell("openings.csv", 2, "earliest", "soon"),
            "openings.csv:2 column earliest: 'soon' must be a date such as 2029-07-01",
        ),
        (
            cell("openings.csv", 2, "never_share", "0.9"),
            "openings.csv:2 column never_share: 0.9 must lie between never_low_share 0.1 and never_high_share 0.5",
        ),
        (
            cell("openings.csv", 2, "never_low_share", ""),
            "openings.csv:2 column never_low_share: needs both ends or none",
        ),
    ],
)
def test_a_bad_row_is_told_with_place_and_rule(spoil: Break, said: str, folder: Path) -> None:
    spoil(folder)
    told = [str(problem) for problem in check(folder).problems]
    assert said.replace(": needs both", " needs both") in [
        text.replace(": needs both", " needs both") for text in told
    ], told


def test_too_many_cannot_negotiate(folder: Path) -> None:
    for number in range(4):
        line("authorities.csv", f"more-{number},More,XZ,state,invented,C,")(folder)
        line("consents.csv", f"road-ask-bek,more-{number},another,invented,C,")(folder)
    told = [str(problem) for problem in check(folder).problems]
    assert any("needs the consent of 7 authorities; at most 4 can negotiate" in text for text in told), told


def test_explain_tells_who_holds_what_and_when_it_may_open() -> None:
    told = " ".join(explain("toy").split())
    assert "Northern Railways of Dornland (XD, a gatekeeper: an outside power whose consent is needed)" in told
    assert "Acts of its own that may strike: The operator of the railway stops trains on its own account." in told
    assert "reopen 2025-07, 2027-01, 2032-01 30 (10-50) 36 61 70" in told
