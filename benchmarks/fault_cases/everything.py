"""All faults, by number."""

from fault_cases import kills
from fault_cases.catalogue import FAULTS

__all__ = ["FAULTS", "kills"]
