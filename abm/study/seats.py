"""Whose trade: the relations of each country with all others, by which tonnes, values and losses are added up."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from abm.corridor.tables import Case
from abm.network.arcs import Bools, Floats
from abm.study.measures import Relations

#: The seat that counts every relation of the case once, transit and inland flows too.
EVERYBODY = "all"


@dataclass(frozen=True)
class Seats:
    """names: the home country, then the others that trade, by value; last :data:`EVERYBODY`. member (n_seats, n_relations).
    base_t, value_usd (n_relations,): tonnes and fob value a year in the base year."""

    names: tuple[str, ...]
    member: Bools
    base_t: Floats
    value_usd: Floats
    origin: tuple[str, ...]
    destination: tuple[str, ...]

    @classmethod
    def of(cls, case: Case) -> "Seats":
        """The seats of a case. Trade of a country: flows of any kind with one end in it; its inland flows are not."""
        relations = Relations.of(case)
        frame = relations.frame
        origin, destination = frame["origin"].to_numpy(), frame["destination"].to_numpy()
        base_t = relations.base_t
        value = base_t * relations.fob_usd_t
        member = {
            country: np.asarray((origin == country) != (destination == country), dtype=np.bool_)
            for country in dict.fromkeys(node.country for node in case.nodes)
        }
        traded = {country: float(value[mask].sum()) for country, mask in member.items()}
        home = case.info.home
        others = sorted((c for c in traded if c != home and traded[c] > 0.0), key=lambda c: (-traded[c], c))
        names = (home, *others)
        rows = [member[name] for name in names] + [np.ones(base_t.size, dtype=np.bool_)]
        return cls((*names, EVERYBODY), np.array(rows), base_t, value, tuple(origin), tuple(destination))

    @property
    def countries(self) -> tuple[str, ...]:
        """All seats that are countries."""
        return self.names[:-1]

    def mask(self, name: str) -> Bools:
        """The relations (n,) of one seat."""
        return np.asarray(self.member[self.names.index(name)])

    def sums(self, values: Floats) -> Mapping[str, float]:
        """``values`` (n,) added up for each seat."""
        return dict(zip(self.names, (self.member @ values).tolist(), strict=True))
