"""``python -m experiments.build_russia_pakistan [--out DIR]``: build the tables of the russia-pakistan case."""

import argparse
from pathlib import Path

from experiments.build_russia_pakistan.build import build_case
from experiments.build_russia_pakistan.report import report, write_into
from experiments.build_russia_pakistan.tables_io import CASE

parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--out", type=Path, default=CASE, help="folder to write the tables to")
options = parser.parse_args()
built = build_case(options.out)
lines = report(built)
print("\n".join(lines))
if options.out == CASE:
    write_into(CASE / "README.md", lines)
