"""What every test shares: hypothesis draws the same examples each time, and matplotlib needs no screen."""

import os

from hypothesis import HealthCheck, settings

os.environ.setdefault("MPLBACKEND", "Agg")

# A shared machine may be slow for a moment: no deadlines. The gate repeats itself; ``--hypothesis-seed=random`` explores.
settings.register_profile(
    "caravan", deadline=None, derandomize=True, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("caravan")
