"""The clock follows the rhythm of frames and not the pauses between them."""

from abm.viz.clock import FrameClock


def test_it_follows_a_steady_rhythm() -> None:
    clock = FrameClock(100.0)
    found = [clock.tick(0.14 * n) for n in range(40)]
    assert found[0] == 100
    assert found[-1] == 140


def test_a_pause_is_no_frame() -> None:
    clock = FrameClock(100.0)
    for at in (0.0, 0.1, 0.2, 60.0, 60.1):
        found = clock.tick(at)
    assert found == 100
