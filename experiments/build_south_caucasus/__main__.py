"""``python -m experiments.build_south_caucasus [--level 1.27] [--out DIR]``: build the tables of the south-caucasus case."""

import argparse
from pathlib import Path

from experiments.build_south_caucasus.build import TRAFFIC_LEVEL, build_case
from experiments.build_south_caucasus.report import report, write_into
from experiments.build_south_caucasus.tables_io import CASE

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--level", type=float, default=TRAFFIC_LEVEL, help="truck traffic of the posts, times that of 2021")
parser.add_argument("--out", type=Path, default=CASE, help="folder to write the tables to")
options = parser.parse_args()
built = build_case(options.level, options.out)
lines = report(built)
print("\n".join(lines))
if options.out == CASE:
    write_into(CASE / "README.md", lines)
