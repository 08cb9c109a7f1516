"""The house stands as designed: imports point down, libraries stay on their floors, files stay readable."""

import ast
import csv
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "abm"

#: First part of a module's path within the package -> its floor.
FLOORS = {
    "errors": 0,
    "units": 0,
    "randomness": 0,
    "kernels": 0,
    "cases": 0,
    "rules": 1,
    "corridor": 2,
    "network": 3,
    "agents": 4,
    "accounting": 5,
    "calendar": 5,
    "carriage": 5,
    "detours": 5,
    "governance": 5,
    "incidents": 5,
    "levers": 5,
    "model": 5,
    "phases": 5,
    "post_watch": 5,
    "quotas": 5,
    "relations": 5,
    "renewal": 5,
    "security": 5,
    "start": 5,
    "state": 5,
    "observers": 5,
    "worlds": 5,
    "study": 6,
    "figures": 7,
    "viz": 8,
    "cli": 8,
    "commands": 8,
    "__main__": 8,
}

#: Library -> the rooms or floors that may use it; a library that is not listed here may not be used at all.
EVERYWHERE = frozenset(range(9))
LIBRARIES: dict[str, frozenset[int]] = {
    "numpy": EVERYWHERE,
    "numpy_financial": frozenset({6}),
    "numba": EVERYWHERE,
    "scipy": EVERYWHERE - {0},
    "pydantic": EVERYWHERE - {0, 1},
    "pydantic_core": EVERYWHERE - {0, 1},
    "networkx": EVERYWHERE - {0, 1, 2},
    "mesa": frozenset({4, 5, 8}),
    "pandas": frozenset({6, 7, 8}),
    "duckdb": frozenset({6, 7, 8}),
    "SALib": frozenset({6}),
    "distributed": frozenset({6}),
    "jinja2": frozenset({7}),
    "matplotlib": frozenset({7, 8}),
    "click": frozenset({8}),
    "rich": frozenset({8}),
    "solara": frozenset({8}),
    "reacton": frozenset({8}),
    "ipyvue": frozenset({8}),
    "ipyvuetify": frozenset({8}),
    "ipywidgets": frozenset({8}),
    "starlette": frozenset({8}),
    "uvicorn": frozenset({8}),
    "anywidget": frozenset({8}),
    "traitlets": frozenset({8}),
}
STANDARD_LIBRARY = sys.stdlib_module_names
LONGEST_FILE = 450
CASES = sorted(path.parent for path in (PACKAGE / "cases").rglob("case.toml") if path.parent.name != "toy")
#: Countries and their people, seas and straits, whether or not a case has a node of that name.
COUNTRY_NAMES = frozenset(
    re.findall(
        r"\w+",
        """
    Afghan Afghanistan Africa Armenia Armenian Azerbaijan Azerbaijani Azeri Baltic Belarus Bulgaria Caspian Caucasus
    China Chinese Danube Egypt Eurasian Europe European France Georgian German Germany Hormuz India
    Indian Iran Iranian Iraq Italy Japan Kazakh Kazakhstan Kenya Kyrgyz Kyrgyzstan Laos Malacca
    Mombasa Pakistan Pakistani Panama Poland Qatar Romania Romanian Russia Russian Suez Switzerland Syria
    Tajik Tajikistan Tuerkiye Turkey Turkish Turkmen Turkmenistan Ukraine Ukrainian Uganda Uzbek Uzbekistan Vietnam
""",
    )
)
#: Shorter names of places are parts of ordinary words too often.
SHORTEST_PLACE = 5
#: What is a part of the name of a place and an ordinary word, too.
COMMON_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    upper lower middle colon railway border borders central coast corridor crossing
    east eastern great harbour inland junction lines north northern overland
    plain point port ports river road route routes south southern state station terminal transit valley village
    western world
""",
    )
)


def floor_of(module: str) -> int:
    """Floor of a dotted module name such as ``abm.rules.cost``."""
    return FLOORS[module.split(".")[1]]


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported; ``from abm import model`` gives ``abm.model``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, name.name) for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            prefix = "." * node.level + (node.module or "")
            if prefix == "abm":
                yield from ((node.lineno, f"abm.{name.name}") for name in node.names)
            else:
                yield node.lineno, prefix


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")


def faults_of(path: Path, source: str) -> list[str]:
    """Every import of ``source`` that the floors forbid."""
    name = module_name(path)
    if len(name.split(".")) < 2 or name.split(".")[1] not in FLOORS:
        return [f"{name}: stands on no floor; add it to FLOORS"]
    floor = floor_of(name)
    faults = []
    for line, target in imports(ast.parse(source)):
        root = target.split(".")[0]
        where = f"{name}:{line} imports {target}"
        if target.startswith("."):
            faults.append(f"{where}: relative imports hide the floor")
        elif root == "abm":
            known = target.split(".")[1] if "." in target else ""
            if known not in FLOORS:
                faults.append(f"{where}: the package root is for users, not for its own rooms")
            elif FLOORS[known] > floor:
                faults.append(f"{where}: floor {floor} may not reach up to floor {FLOORS[known]}")
        elif root not in STANDARD_LIBRARY and floor not in LIBRARIES.get(root, frozenset()):
            faults.append(f"{where}: not a library of floor {floor}")
    return faults


def test_imports_point_down_and_libraries_stay_on_their_floors() -> None:
    faults = [fault for path in modules() for fault in faults_of(path, path.read_text(encoding="utf-8"))]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("rules/cost.py", "from abm.network.arcs import Arcs"),
        ("rules/cost.py", "from abm import model"),
        ("rules/cost.py", "import abm"),
        ("rules/cost.py", "from abm import load"),
        ("rules/cost.py", "from .choice import shares"),
        ("rules/cost.py", "import mesa"),
        ("network/events.py", "from mesa import Model"),
        ("agents/shipper.py", "import pandas as pd"),
        ("study/compare.py", "import matplotlib.pyplot as plt"),
        ("figures/map.py", "import requests"),
        ("attic/old.py", "import math"),
    ],
)
def test_a_wrong_import_is_seen(path: str, line: str) -> None:
    assert faults_of(PACKAGE / path, line)


def test_imports_inside_functions_are_only_where_start_up_time_is_kept_low() -> None:
    allowed = {PACKAGE / "cli.py", PACKAGE / "viz" / "pages.py"}
    faults = []
    for path in modules():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        inner = [line for function in functions for line, _ in imports(function)]
        if inner and path not in allowed and path.parent != PACKAGE / "cli":
            faults.append(f"{module_name(path)}:{inner[0]}")
    assert not faults, f"imports inside functions: {', '.join(faults)}"


def table_of(case: Path, file: str) -> list[dict[str, str]]:
    path = case / file
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines())) if path.exists() else []


def places() -> frozenset[str]:
    """Names of all nodes, cuts and titled border posts of the cases that come along, of their cases and of known countries."""
    found: set[str] = set()
    whole: set[str] = set()  # names with hyphens, of parts that are ordinary words
    for case in CASES:
        info = tomllib.loads((case / "case.toml").read_text(encoding="utf-8"))
        whole |= {info["name"], *(cut["name"] for cut in info.get("cuts", ()))}
        found |= {row["name"] for row in table_of(case, "nodes.csv")} | {
            row["title"] for row in table_of(case, "borders.csv") if row.get("title")
        }
    parts = {part.strip() for name in found for part in re.split(r"[/(),:;-]", name)}
    return COUNTRY_NAMES | {
        part for part in parts | whole if len(part) >= SHORTEST_PLACE and part.lower() not in COMMON_WORDS
    }


def places_named(source: str, names: Iterable[str]) -> list[str]:
    """Line and name of every place that a source names: in code, comment or docstring, by itself or within a longer name."""
    ascii_letters = re.compile(
        "|".join(rf"(?<![A-Za-z]){re.escape(name)}(?![a-z])" for name in sorted(names, key=len, reverse=True)), re.I
    )
    lines = source.splitlines()
    return [
        f"{number} {match.group()!r}" for number, line in enumerate(lines, 1) for match in ascii_letters.finditer(line)
    ]


def test_code_names_no_country_place_or_corridor() -> None:
    """Places belong to cases: one in the code is a corridor that crept in."""
    known = places()
    assert len(known) > 100
    faults = [
        f"{module_name(path)}:{fault}"
        for path in modules()
        for fault in places_named(path.read_text(encoding="utf-8"), known)
    ]
    assert not faults, "\n".join(faults)


def test_code_holds_no_country_code() -> None:
    """As a string of its own, or as a pair such as XA-XB with the codes of two real ones."""
    codes = {row["country"] for case in CASES for row in table_of(case, "nodes.csv")} - {"XA", "XB", "XC"}
    pair = re.compile(r"\b([A-Z]{2})(?:-|/|>| to )([A-Z]{2})\b")
    faults = []
    for path in modules():
        source = path.read_text(encoding="utf-8")
        strings = [
            node
            for node in ast.walk(ast.parse(source))
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        ]
        faults += [f"{module_name(path)}:{node.lineno} {node.value!r}" for node in strings if node.value in codes]
        faults += [
            f"{module_name(path)} {found.group()!r}" for found in pair.finditer(source) if codes & set(found.groups())
        ]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    "line",
    [
        "# as at Yerevan",
        "GATE = 'gyumri-kars'",
        "suez_toll_usd = 4.0",
        "x = 'the Armenian border'",
        "def via_pakistan() -> None: ...",
    ],
)
def test_a_place_in_the_code_is_seen(line: str) -> None:
    assert places_named(line, places())


def test_files_stay_short_enough_to_read() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    long = [f"{path.relative_to(PACKAGE)}: {length}" for path, length in lengths.items() if length > LONGEST_FILE]
    assert not long, f"longer than {LONGEST_FILE} lines: {', '.join(long)}"


def test_cases_hold_data_and_no_code() -> None:
    code = [path for path in (PACKAGE / "cases").rglob("*.py") if path.read_text(encoding="utf-8").strip()]
    assert [path.name for path in code if path != PACKAGE / "cases" / "__init__.py"] == []
