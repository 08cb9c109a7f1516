"""How fast frames come: what the map needs to move things smoothly from one day to the next."""

import time

_WEIGHT = 0.3
#: Milliseconds between which an interval counts as part of a run of frames; beyond, somebody has paused.
_SHORTEST_MS, _LONGEST_MS = 60.0, 1500.0
_ROUND_MS = 20


class FrameClock:
    """Smoothed milliseconds between frames, rounded so that small jitter is no news."""

    def __init__(self, first_ms: float) -> None:
        self._mean = first_ms
        self._last: float | None = None

    def tick(self, now_s: float | None = None) -> int:
        """A frame is drawn now; returns the milliseconds until the next one is expected."""
        now = time.monotonic() if now_s is None else now_s
        if self._last is not None:
            gap = (now - self._last) * 1e3
            if _SHORTEST_MS <= gap <= _LONGEST_MS:
                self._mean += _WEIGHT * (gap - self._mean)
        self._last = now
        return round(self._mean / _ROUND_MS) * _ROUND_MS
