"""Figures in the text form that Prometheus reads (version 0.0.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True)
class Sample:
    """One number; the labels' values are our own words, in which nothing needs to be escaped."""

    value: float
    labels: dict[str, str] = field(default_factory=dict)
    suffix: str = ""


@dataclass(frozen=True)
class Metric:
    """A figure with its samples."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    explained: str
    samples: Sequence[Sample]


def write(metrics: Sequence[Metric]) -> str:
    """Return figures as Prometheus reads them."""
    return "".join(f"{line}\n" for metric in metrics for line in _lines(metric))


def gauge(name: str, explained: str, value: float) -> Metric:
    """Return a figure that is one number, which may rise and fall."""
    return Metric(name, "gauge", explained, [Sample(value)])


def histogram(name: str, explained: str, *, bounds: Sequence[float], counts: Sequence[int], total: float) -> Metric:
    """Return a histogram; `counts` are the numbers up to each bound, and then of all, and `total` is their sum."""
    up_to = [*(str(bound) for bound in bounds), "+Inf"]
    buckets = [Sample(count, {"le": bound}, "_bucket") for bound, count in zip(up_to, counts, strict=True)]
    return Metric(name, "histogram", explained, [*buckets, Sample(total, {}, "_sum"), Sample(counts[-1], {}, "_count")])


def _lines(metric: Metric) -> list[str]:
    head = [f"# HELP {metric.name} {metric.explained}", f"# TYPE {metric.name} {metric.kind}"]
    return head + [f"{metric.name}{each.suffix}{_labels(each.labels)} {_number(each.value)}" for each in metric.samples]


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _labels(labels: dict[str, str]) -> str:
    return "{" + ",".join(f'{name}="{value}"' for name, value in labels.items()) + "}" if labels else ""
