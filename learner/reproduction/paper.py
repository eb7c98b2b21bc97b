"""The figures of Ghaeini et al. 2019, Saliency Learning, as printed in the paper."""

from typing import NamedTuple


class PaperModel(NamedTuple):
    """A row of tables 1, 2 and 4: a set, taught or not."""

    data: str
    taught: bool
    precision: float
    recall: float
    f1: float
    accuracy: float
    saliency_accuracy: tuple[float, float, float]  # at W, I and D
    tpr0: float
    tpr1: float
    delta_tpr: float


MODELS = (
    PaperModel("ACE", False, 66.0, 77.5, 71.3, 74.4, (61.60, 66.05, 63.27), 77.5, 52.2, 32.6),
    PaperModel("ACE", True, 70.1, 76.1, 73.0, 76.9, (99.26, 77.92, 65.49), 76.1, 45.0, 40.9),
    PaperModel("ERE", False, 85.0, 86.6, 85.8, 83.1, (51.62, 56.71, 44.37), 86.6, 73.2, 15.4),
    PaperModel("ERE", True, 85.8, 87.3, 86.6, 84.0, (99.77, 77.45, 51.78), 87.3, 70.6, 19.1),
    PaperModel("CBT-NE", False, 55.6, 76.3, 64.3, 75.5, (52.32, 65.38, 68.81), 76.3, 30.2, 60.4),
    PaperModel("CBT-NE", True, 57.2, 74.5, 64.7, 76.5, (98.17, 98.34, 95.56), 74.5, 28.5, 61.8),
    PaperModel("CBT-CN", False, 47.4, 39.0, 42.8, 77.3, (47.78, 53.68, 45.15), 39.0, 16.6, 57.4),
    PaperModel("CBT-CN", True, 48.3, 38.9, 43.1, 77.7, (99.13, 98.94, 97.06), 38.9, 15.4, 60.4),
)

MCNEMAR_P = {"ACE": 0.03, "ERE": 0.03, "CBT-NE": 0.0001, "CBT-CN": 0.04}

COUNTS = {
    "ACE": ("3.2K", "15K", "293", "421"),
    "ERE": ("3.1K", "4K", "2.7K", "1.91K"),
    "CBT-NE": ("359K", "1.82M", "8.8K", "41.1K"),
    "CBT-CN": ("256K", "2.16M", "5.5K", "44.4K"),
}
"""Table 5: positive and negative sentences of the training set, then of the test set."""
