"""Makes the base map that ships with the package: land, coastlines and borders from Natural Earth 1:50m, clipped.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz package/countries-50m.json
    python experiments/make_base_map.py package/countries-50m.json

The input is TopoJSON: outlines are cut into arcs, and countries that touch share one. An arc of one country is a
coastline, an arc of two is a border. The output holds points as 16-bit fractions of the box (about 170 m): small,
and the same every time.
"""

import argparse
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]

WEST, EAST, SOUTH, NORTH = 10.0, 125.0, 8.0, 62.0
SOURCE_SHA256 = "04342cdc1e3016bcd7db1630de95684d67b79fe3c8c460321e87aef469502394"
OUTPUT = Path(__file__).parent.parent / "abm" / "figures" / "data" / "base_map.npz"
STEPS = 65_535


def decoded_arcs(topology: dict[str, Any]) -> list[Points]:
    """Arcs in degrees: each point is stored as a step from the one before, in units of the grid."""
    scale, shift = np.array(topology["transform"]["scale"]), np.array(topology["transform"]["translate"])
    return [np.cumsum(np.array(arc, dtype=np.float64), axis=0) * scale + shift for arc in topology["arcs"]]


def rings_of(geometry: dict[str, Any]) -> Iterator[list[int]]:
    """Lists of arc numbers, one per ring; a negative number -1 - k is arc k walked backwards."""
    kind = geometry["type"]
    if kind == "GeometryCollection":
        for part in geometry["geometries"]:
            yield from rings_of(part)
    elif kind == "Polygon":
        yield from geometry["arcs"]
    elif kind == "MultiPolygon":
        for polygon in geometry["arcs"]:
            yield from polygon
    elif kind is not None:
        raise ValueError(f"a geometry of type {kind} was not expected")


def joined(ring: list[int], arcs: list[Points]) -> Points:
    """Points of one closed ring; consecutive arcs share an end point."""
    parts = [arcs[number] if number >= 0 else arcs[~number][::-1] for number in ring]
    return np.concatenate([part[: -1 if i + 1 < len(parts) else None] for i, part in enumerate(parts)])


def cut_ring(ring: Points, axis: int, limit: float, sign: float) -> Points:
    """The part of a closed ring with ``sign * coordinate <= sign * limit`` (Sutherland and Hodgman 1974, one edge)."""
    kept: list[Points] = []
    inside = sign * ring[:, axis] <= sign * limit
    for i in range(len(ring)):
        before, here = ring[i - 1], ring[i]
        if inside[i - 1] != inside[i]:
            kept.append(before + (limit - before[axis]) / (here[axis] - before[axis]) * (here - before))
        if inside[i]:
            kept.append(here)
    return np.array(kept).reshape(-1, 2)


def clipped_ring(ring: Points) -> Points:
    """A closed ring cut to the box; empty when it lies outside."""
    for axis, limit, sign in ((0, WEST, -1.0), (0, EAST, 1.0), (1, SOUTH, -1.0), (1, NORTH, 1.0)):
        if len(ring):
            ring = cut_ring(ring, axis, limit, sign)
    return ring


def clipped_lines(line: Points) -> Iterator[Points]:
    """Stretches of a line within the box; a point just outside is kept where the line leaves, drawing cuts it off."""
    inside = (line[:, 0] >= WEST) & (line[:, 0] <= EAST) & (line[:, 1] >= SOUTH) & (line[:, 1] <= NORTH)
    wanted = inside.copy()
    wanted[:-1] |= inside[1:]
    wanted[1:] |= inside[:-1]
    for run in np.split(np.arange(len(line)), np.flatnonzero(np.diff(wanted.astype(np.int8))) + 1):
        if wanted[run[0]] and len(run) > 1:
            yield np.clip(line[run], (WEST, SOUTH), (EAST, NORTH))


def packed(lines: Iterable[Points]) -> tuple[npt.NDArray[np.uint16], npt.NDArray[np.int32]]:
    """Points of all lines end to end on the grid of the box, and where each line starts (and the last one ends)."""
    rows = [line for line in lines if len(line) > 1]
    share = (np.concatenate(rows) - (WEST, SOUTH)) / (EAST - WEST, NORTH - SOUTH)
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int32)
    return np.round(share * STEPS).astype(np.uint16), starts


def base_map(topology: dict[str, Any]) -> dict[str, npt.NDArray[Any]]:
    """The arrays of the output file."""
    arcs = decoded_arcs(topology)
    countries = topology["objects"]["countries"]["geometries"]
    users = Counter(
        number if number >= 0 else ~number for country in countries for ring in rings_of(country) for number in ring
    )
    land = (clipped_ring(joined(ring, arcs)[:-1]) for ring in rings_of(topology["objects"]["land"]))
    coasts = (line for number, n in users.items() if n == 1 for line in clipped_lines(arcs[number]))
    borders = (line for number, n in users.items() if n > 1 for line in clipped_lines(arcs[number]))
    arrays: dict[str, npt.NDArray[Any]] = {"box": np.array([WEST, EAST, SOUTH, NORTH])}
    for name, lines in (("land", land), ("coasts", coasts), ("borders", borders)):
        arrays[f"{name}_points"], arrays[f"{name}_starts"] = packed(lines)
    return arrays


def main() -> None:
    """Read the TopoJSON named on the command line, check that it is the right one, write the base map."""
    parser = argparse.ArgumentParser(description="Make the base map that ships with the package.")
    parser.add_argument("topojson", type=Path, help="countries-50m.json of world-atlas 2.0.2")
    text = parser.parse_args().topojson.read_bytes()
    if hashlib.sha256(text).hexdigest() != SOURCE_SHA256:
        parser.error("this is not countries-50m.json of world-atlas 2.0.2")
    OUTPUT.parent.mkdir(exist_ok=True)
    arrays = base_map(json.loads(text))
    np.savez_compressed(OUTPUT, allow_pickle=False, **arrays)
    print(
        f"{OUTPUT}: {OUTPUT.stat().st_size / 1000:.0f} kB, {sum(len(a) for k, a in arrays.items() if 'points' in k)} points"
    )


if __name__ == "__main__":
    main()
