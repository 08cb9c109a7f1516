"""Units and the few conversions the model needs. Time is hours within a day and days between; money is USD of the base year."""

HOURS_PER_DAY = 24.0
#: The year, in whole days for calendars and as a factor for rates.
YEAR_DAYS = 365
DAYS_PER_YEAR = float(YEAR_DAYS)

#: Every unit that a case may name, with what it means.
UNITS: dict[str, str] = {
    "1": "a pure number",
    "share": "a share of one",
    "h": "hours",
    "days": "days",
    "years": "years",
    "km": "kilometres",
    "km/h": "kilometres an hour",
    "t": "tonnes",
    "kt": "thousand tonnes",
    "t/day": "tonnes a day",
    "t/year": "tonnes a year",
    "vehicles/day": "vehicles a day",
    "usd": "US dollars of the base year",
    "usd/t": "US dollars a tonne",
    "usd/(t km)": "US dollars a tonne-kilometre",
    "usd/h": "US dollars an hour",
    "usd/vehicle": "US dollars a vehicle",
    "1/day": "a share a day",
    "1/year": "a share a year",
    "mm": "millimetres",
}
