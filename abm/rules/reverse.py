"""A claim read backwards: what prices would have to do for trade to grow so, and what a saving of time can bring at most.

Both rest on one elasticity, of trade to delivered price, and on nothing else: no capacity, no answer of supply, no third country.
They bound what transport can do before any model is run.
"""


def price_factor_needed(growth_per_year: float, years: float, elasticity: float) -> float:
    """Factor by which delivered prices have to move for good: ``(1 + growth)**(-years / elasticity)``.

    growth_per_year: a share above -1. elasticity: above 0. Raises ValueError outside these.
    """
    if not growth_per_year > -1.0:
        raise ValueError(f"growth_per_year: {growth_per_year} must be > -1")
    _positive(elasticity)
    return float((1.0 + growth_per_year) ** (-years / elasticity))


def one_off_gain(days: float, saving_share: float, cost_share_per_day: float, elasticity: float) -> float:
    """Rise of trade, once and for good, as a share: ``(1 - days * saving * cost)**(-elasticity) - 1``.

    days: length of the journey. saving_share: part of them saved (below 0: added). cost_share_per_day: what a day costs, as a
    share of the delivered price (Hummels and Schaur 2013: 0.006 to 0.021). Raises ValueError where nothing is left of the price.
    """
    _positive(elasticity)
    left = 1.0 - days * saving_share * cost_share_per_day
    if not left > 0.0:
        raise ValueError(f"days * saving_share * cost_share_per_day: {1.0 - left:g} must be < 1")
    return float(left ** (-elasticity) - 1.0)


def _positive(elasticity: float) -> None:
    if not elasticity > 0.0:
        raise ValueError(f"elasticity: {elasticity} must be > 0")
