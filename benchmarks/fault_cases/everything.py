"""All faults, by number."""

from fault_cases import as_pages, damage, kills, power, restores, servers, shortages, trainer
from fault_cases.catalogue import FAULTS

__all__ = ["FAULTS", "as_pages", "damage", "kills", "power", "restores", "servers", "shortages", "trainer"]
