"""One block of bytes for a browser: what is said in words and rows as JSON, what is counted as flat typed arrays.

Layout: length of the header (uint32, little endian) | header (UTF-8 JSON, padded with blanks so that the arrays begin at a
multiple of eight) | arrays, little endian, each at a multiple of eight. The header is ``{"meta": ..., "arrays": {name: {"at":
bytes from the start of the arrays, "n": number of values, "kind": one of KINDS, "shape": [...]}}}``. A browser lays typed arrays
over the block without reading a number.
"""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

#: Kinds of values that a browser has a typed array for, and numpy's name of each in little endian.
KINDS = {"f4": "<f4", "i4": "<i4", "u4": "<u4", "u2": "<u2", "u1": "|u1"}
_LENGTH_BYTES = 4
_ALIGN = 8
_DTYPES = {kind: np.dtype(name) for kind, name in KINDS.items()}


def pack(meta: Mapping[str, Any], arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The block of ``meta`` (plain JSON values) and ``arrays`` (of a dtype named in KINDS, any shape, in C order).

    Raises TypeError for another dtype, and ValueError for a number in ``meta`` that JSON does not know (NaN, infinity).
    """
    table: dict[str, dict[str, Any]] = {}
    parts: list[bytes] = []
    at = 0
    for name, array in arrays.items():
        kind = array.dtype.str[1:]
        if kind not in _DTYPES:
            raise TypeError(f"array {name!r} has dtype {array.dtype}; a browser reads {', '.join(KINDS)}")
        data = array.astype(_DTYPES[kind], copy=False).tobytes()
        table[name] = {"at": at, "n": int(array.size), "kind": kind, "shape": list(array.shape)}
        data += bytes(-len(data) % _ALIGN)
        parts.append(data)
        at += len(data)
    header = json.dumps(
        {"meta": meta, "arrays": table}, ensure_ascii=False, allow_nan=False, separators=(",", ":")
    ).encode()
    header += b" " * (-(_LENGTH_BYTES + len(header)) % _ALIGN)
    return b"".join([len(header).to_bytes(_LENGTH_BYTES, "little"), header, *parts])
