"""A reader of packed blocks that knows nothing but the layout, for every test that looks into one."""

import json
import struct
from typing import Any

import numpy as np

FORMATS = {"f4": "f", "i4": "i", "u4": "I", "u2": "H", "u1": "B"}


def unpack(block: bytes) -> tuple[Any, dict[str, np.ndarray]]:
    """Meta, and name -> array in its shape; checks that everything stands at a multiple of eight, in order, within the block."""
    (length,) = struct.unpack_from("<I", block)
    assert (4 + length) % 8 == 0
    header = json.loads(block[4 : 4 + length].decode("utf-8"))
    found = {}
    end = 0
    for name, entry in header["arrays"].items():
        assert entry["at"] % 8 == 0
        assert entry["at"] >= end
        letters = f"<{entry['n']}{FORMATS[entry['kind']]}"
        end = entry["at"] + struct.calcsize(letters)
        values = struct.unpack_from(letters, block, 4 + length + entry["at"])
        found[name] = np.array(values, dtype=f"{entry['kind'][0]}8").reshape(entry["shape"])
    assert len(block) - (4 + length) - end in range(8)
    return header["meta"], found
