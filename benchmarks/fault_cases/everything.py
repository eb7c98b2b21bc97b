"""All faults, by number."""

from fault_cases import damage, kills, power, restores, servers, shortages, trainer
from fault_cases.catalogue import FAULTS

__all__ = ["FAULTS", "damage", "kills", "power", "restores", "servers", "shortages", "trainer"]
