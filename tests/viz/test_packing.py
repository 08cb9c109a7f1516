"""A block is read back by a reader that knows nothing but the layout."""

import numpy as np
import pytest

from abm.viz.packing import KINDS, pack
from tests.viz.blocks import unpack


def test_a_block_comes_back_as_it_was() -> None:
    rng = np.random.default_rng(5)
    arrays = {
        kind: rng.integers(0, 200, size=n).astype(dtype) for n, (kind, dtype) in enumerate(KINDS.items(), start=1)
    }
    meta = {"title": "Пост Лилу → край", "rows": [{"id": "a", "x": 1.5}], "none": None}
    found, values = unpack(pack(meta, arrays))
    assert found == meta
    assert list(values) == list(arrays)
    for kind, array in arrays.items():
        assert values[kind].tolist() == array.tolist()


def test_shapes_and_slices_are_kept() -> None:
    whole = np.arange(24, dtype=np.float32).reshape(4, 6)
    found = unpack(pack({}, {"some": whole[:, ::2], "none": np.zeros((2, 0), np.uint8)}))[1]
    assert found["some"].tolist() == whole[:, ::2].tolist()
    assert found["none"].shape == (2, 0)


def test_big_endian_arrays_are_turned() -> None:
    assert unpack(pack({}, {"a": np.array([1, 2], dtype=">i4")}))[1]["a"].tolist() == [1, 2]


@pytest.mark.parametrize("length", range(17))
def test_every_length_of_header_is_padded(length: int) -> None:
    meta, values = unpack(
        pack({"word": "x" * length}, {"a": np.array([7], np.uint8), "b": np.array([8.5], np.float32)})
    )
    assert meta == {"word": "x" * length}
    assert values["b"].tolist() == [8.5]


def test_what_a_browser_cannot_read_is_refused() -> None:
    with pytest.raises(TypeError, match="'far' has dtype float64"):
        pack({}, {"far": np.zeros(2)})
    with pytest.raises(ValueError, match="JSON"):
        pack({"bad": float("nan")}, {})
