"""All faults, by number."""

from fault_cases import kills, power
from fault_cases.catalogue import FAULTS

__all__ = ["FAULTS", "kills", "power"]
