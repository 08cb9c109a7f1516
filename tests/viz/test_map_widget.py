"""The map of the explorer: its traits, its script put together, and what the plain functions of the script say."""

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from abm.corridor.load import load
from abm.viz import map_widget
from abm.viz.chart_widget import put_together
from abm.viz.map_widget import PARTS, MapWidget
from abm.viz.packing import pack
from abm.viz.palette import palette
from abm.viz.scene import scene_of
from tests.viz.node import needs_node, parses, said

STATIC = Path(map_widget.__file__).parent / "static"
SCRIPT = put_together(PARTS)
FILES = (*PARTS, "map.css")
#: A place where paths can be made without a browser.
NO_BROWSER = """
globalThis.Path2D = class { moveTo() {} lineTo() {} closePath() {} };
globalThis.performance ??= { now: () => 0 };
const bytesOf = (text) => { const b = Buffer.from(text, "base64"); return new DataView(b.buffer, b.byteOffset, b.byteLength); };
"""


def in_node(expression: str, folder: Path) -> Any:
    return said(SCRIPT + NO_BROWSER, expression, folder)


def base64_of(block: bytes) -> str:
    return base64.b64encode(block).decode()


# ------------------------------------------------------------------------------------------------------------ the widget
def test_traits_are_those_the_page_sets() -> None:
    widget = MapWidget()
    try:
        synced = set(widget.traits(sync=True))
        assert {"scene", "frame", "look", "selected", "dark", "step_ms", "_esm", "_css"} <= synced
        assert widget.look == {"colour": "mode", "shown": 1, "region": "", "movers": True}
        assert widget.selected == {"kind": "", "id": ""}
    finally:
        widget.close()


def test_every_part_of_the_script_is_joined() -> None:
    """A file that nobody joins would be dead; one that is joined twice would not parse."""
    own = {file.name for file in STATIC.glob("map*.js")}
    assert own == set(PARTS) - {"unpack.js"}
    assert len(PARTS) == len(set(PARTS))
    assert PARTS[-1] == "map.js"
    assert all((STATIC / name).read_text(encoding="utf-8") in SCRIPT for name in PARTS)


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_fetched_and_files_stay_readable(name: str) -> None:
    text = (STATIC / name).read_text(encoding="utf-8")
    assert not re.search(r"https?:|//[a-z]+\.|@import|url\(|@font-face|\bfetch\(|\bimport\b", text)
    assert len(text.splitlines()) <= 300


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".js")])
def test_no_markup_is_made_of_words(name: str) -> None:
    """Titles come from a case that anybody may have written: they are set as text, never read as markup."""
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write", (STATIC / name).read_text(encoding="utf-8")
    )


def test_colours_that_the_script_asks_for_are_in_the_palette() -> None:
    asked = set(re.findall(r"palette\.([a-z_]+)", SCRIPT)) - {"delay"}
    for ground in palette().values():
        assert asked <= set(ground)


@needs_node
def test_script_parses(tmp_path: Path) -> None:
    done = parses(SCRIPT, tmp_path)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------------------------------------------------- plain functions
@needs_node
def test_projection(tmp_path: Path) -> None:
    """Mercator: a degree of latitude is drawn 1 / cos(latitude) as long as one at the equator; the poles are cut off."""
    told = in_node(
        "[northing(0), (northing(60.005) - northing(59.995)) / 0.01, northing(-50) + northing(50)]", tmp_path
    )
    assert told == pytest.approx([0.0, 2.0, 0.0], rel=1e-4, abs=1e-9)
    assert in_node("northing(90) === northing(85)", tmp_path) is True


@needs_node
def test_round_numbers_and_figures(tmp_path: Path) -> None:
    assert in_node("[3, 10, 11, 49, 51, 700, 0].map(roundUp)", tmp_path) == [5, 10, 20, 50, 100, 1000, 1]
    assert in_node("[3, 10, 11, 49, 51, 700].map(roundDown)", tmp_path) == [2, 10, 10, 20, 50, 500]
    told = in_node("[12345, 999.6, 4.56, 0, 0.01, NaN, -2500].map(figure)", tmp_path)
    assert told == ["12,300", "1,000", "4.6", "0", "under 0.1", "–", "-2,500"]
    assert in_node("['2026-09-04', '2031-12-31'].map(dateWords)", tmp_path) == ["4 Sep 2026", "31 Dec 2031"]


#: A map of 800 x 400 pixels on the toy case.
TOY_MAP = """(() => {
  const s = { w: 800, h: 400, look: { region: "", shown: 1, colour: "mode" }, legendWidth: () => 0, view: null, symbols: 1,
    frame: null, flowRef: 100, changeRef: 10, queueRef: 100, palette: { delay: [] }, scene: sceneOf(bytesOf("SCENE")) };
  s.view = fitted(s, regionNamed(s).box);
  styleLinks(s);
  layGates(s);
  layTracks(s);
  return s;
})()"""


@pytest.fixture(scope="module")
def toy_map() -> str:
    return TOY_MAP.replace("SCENE", base64_of(scene_of(load("toy"))))


@needs_node
def test_a_packed_scene_is_read_and_fits_the_canvas(toy_map: str, tmp_path: Path) -> None:
    told = in_node(
        f"(() => {{ const s = {toy_map}; return [s.scene.nodes.map((n) => [screenX(s, n.x), screenY(s, n.y)]), "
        "s.scene.links.map((l) => l.id), s.gates.length]; })()",
        tmp_path,
    )
    case = load("toy")
    assert told[1] == [link.link_id for link in case.links]
    assert told[2] >= len({post.bcp_id for post in case.posts})
    points = np.array(told[0])
    assert ((points > 0) & (points < (800, 400))).all()
    # North is up, east is right.
    lon, lat = (np.array([getattr(node, axis) for node in case.nodes]) for axis in ("x_coord", "y_coord"))
    assert (np.argsort(points[:, 0]) == np.argsort(lon)).all()
    assert points[lat.argmax(), 1] == points[:, 1].min()


@needs_node
def test_zoom_keeps_what_lies_under_the_pointer(toy_map: str, tmp_path: Path) -> None:
    told = in_node(
        f"(() => {{ const s = {toy_map}; const before = [s.view.x + (200 - 400) / s.view.k, s.view.y - (90 - 200) / s.view.k];"
        " s.view = zoomed(s, s.view, 1.7, 200, 90); return [screenX(s, before[0]), screenY(s, before[1])]; })()",
        tmp_path,
    )
    assert told == pytest.approx([200, 90])


@needs_node
def test_a_link_is_found_where_it_is_drawn(toy_map: str, tmp_path: Path) -> None:
    told = in_node(
        f"(() => {{ const s = {toy_map}; s.marks = []; s.selected = {{ kind: '', id: '' }}; s.rowOf = {{}};"
        " s.nodeShown = new Uint8Array(s.scene.nodes.length).fill(1); s.gates = []; return s.scene.links.map((link) => {"
        " const at = along(s, link.row, 0.5, {}); return pick(s, at.x, at.y)?.id; }); })()",
        tmp_path,
    )
    assert told == [link.link_id for link in load("toy").links]


#: The first frame has a consignment on its first link; in the second it is two links on; in the third it is gone.
MOVERS = """(() => {
  const s = { routes: new Map(), movers: new Map(), frameAt: 0, moveFrom: 0, moveMs: 0, isStill: false, stepMs: () => 100,
    scene: { links: [1, 2, 3].map(() => ({ km: 5000 })) } };
  const told = [];
  let previous = null;
  const take = (day, at, shown, now) => {
    const here = at === null ? [] : [at];
    const arrays = { mover_id: here.map(() => 7), mover_route: here.map(() => 4), mover_at: here, mover_mode: here.map(() => 0),
      mover_waits: here.map(() => 0) };
    s.frame = { meta: { day, shown, new_routes: { 4: [1, -2, 3] } }, arrays };
    s.routes = routesOf(s.frame, s.routes);
    takeMovers(s, previous, now);
    previous = s.frame.meta;
    const mover = s.movers.get(7);
    told.push(mover ? [mover.at0, mover.at1, mover.alpha0, mover.alpha1] : null);
  };
  STEPS
  return told;
})()"""


@needs_node
def test_who_goes_on_moves_along_the_route_and_who_is_gone_fades(tmp_path: Path) -> None:
    steps = "take(0, 0.5, 1, 0); take(1, 2.5, 1, 1000); take(2, null, 1, 2100);"
    assert in_node(MOVERS.replace("STEPS", steps), tmp_path) == [[0.5, 0.5, 0, 1], [0.5, 2.5, 1, 1], [2.5, 2.5, 1, 0]]


@needs_node
@pytest.mark.parametrize(
    ("second", "why"),
    [
        ("take(400, 2.5, 1, 1000);", "too many days later"),
        ("take(1, 2.5, 0, 1000);", "the other world"),
        ("previous.day = 9; take(1, 2.5, 1, 1000);", "an earlier day"),
    ],
)
def test_nobody_is_seen_to_race_between_frames_that_do_not_belong_together(
    second: str, why: str, tmp_path: Path
) -> None:
    told = in_node(MOVERS.replace("STEPS", f"take(0, 0.5, 1, 0); {second}"), tmp_path)
    assert told[1] == [2.5, 2.5, 0, 1], why


@needs_node
def test_widths_grow_with_the_root_of_the_flow(tmp_path: Path) -> None:
    wide, quarter, least = in_node("[400, 100, 0].map((tonnes) => lineWidth({ symbols: 1 }, tonnes, 400))", tmp_path)
    assert quarter == pytest.approx(wide / 2)
    assert 0 < least < quarter


@needs_node
def test_delay_steps(tmp_path: Path) -> None:
    assert in_node("[1, 1.24, 1.25, 1.6, 3, 4, 90].map(delayStep)", tmp_path) == [0, 0, 1, 2, 3, 4, 4]


@needs_node
def test_an_empty_block_is_no_scene(tmp_path: Path) -> None:
    assert in_node("[sceneOf(bytesOf('')), unpack(null)]", tmp_path) == [None, None]
    block = base64_of(pack({"a": 1}, {"b": np.arange(3, dtype=np.float32)}))
    read = f"(() => {{ const u = unpack(bytesOf('{block}')); return [u.meta, [...u.arrays.b]]; }})()"
    assert in_node(read, tmp_path) == [{"a": 1}, [0, 1, 2]]
