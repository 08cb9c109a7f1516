"""Route numbers are for ever: interned once, never moved, copied with the world that holds them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abm.network.routes import Routes

PATHS = st.lists(st.lists(st.integers(min_value=0, max_value=500), min_size=1, max_size=40), max_size=300)


def test_the_same_path_has_the_same_number() -> None:
    routes = Routes()
    assert routes.intern([3, 1, 2]) == 0
    assert routes.intern([3, 1]) == 1
    assert routes.intern((3, 1, 2)) == 0
    assert len(routes) == 2


@given(paths=PATHS)
def test_every_path_is_found_again_however_many_follow(paths: list[list[int]]) -> None:
    routes = Routes()
    numbers = [routes.intern(path) for path in paths]
    assert [routes.path(number) for number in numbers] == [tuple(path) for path in paths]
    assert len(routes) == len({tuple(path) for path in paths})
    assert numbers == [routes.intern(path) for path in paths]


def test_rows_lie_end_to_end() -> None:
    routes = Routes()
    for path in ([5, 6], [7], [8, 9, 10]):
        routes.intern(path)
    assert routes.starts[: len(routes) + 1].tolist() == [0, 2, 3, 6]
    assert routes.arcs[:6].tolist() == [5, 6, 7, 8, 9, 10]


def test_an_empty_route_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one arc"):
        Routes().intern([])


def test_a_copy_goes_its_own_way() -> None:
    routes = Routes()
    routes.intern([1, 2])
    twin = routes.copy()
    assert twin.intern([3]) == 1
    assert routes.intern([4]) == 1
    assert twin.path(1) == (3,)
    assert routes.path(1) == (4,)
    assert twin.path(0) == routes.path(0) == (1, 2)
