"""The names of the parts that can be chosen: models, saliency losses, acquisitions, views and attributions.

A name maps to "module:attribute", so that listing the names imports none of the parts. Another
package adds its own by an entry point in the group `whylight.<kind>`; a model is a subclass of
`learner.models.protocol.Model`. A loss is a name or a sum of names (`learner/loss_names.py`), and an acquisition a
name or a mix of names (`learner/acquisition_names.py`).
"""

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any, Literal

from learner.acquisition_names import parse_mix
from learner.errors import ConfigError, UnknownName
from learner.loss_names import RECOMMENDED_SUMS, parse_loss

Kind = Literal["model", "loss", "acquisition", "view", "attribution"]

_BUILT_IN: dict[Kind, dict[str, str]] = {
    "model": {
        "cnn": "learner.models.cnn:EventCnn",
        "cloze": "learner.models.cloze:ClozeCnn",
        "evidence": "learner.models.evidence:Evidence",
        "fine-tuned": "learner.models.fine_tuned:FineTuned",
    },
    "loss": {
        "none": "learner.saliency.losses:NONE",
        "hinge": "learner.saliency.losses:HINGE",
        "margin": "learner.saliency.losses:MARGIN",
        "quiet": "learner.saliency.losses:QUIET",
        "rank": "learner.saliency.losses:RANK",
        "mass": "learner.saliency.losses:MASS",
        "log-mass": "learner.saliency.losses:LOG_MASS",
        "log-even": "learner.saliency.losses:LOG_EVEN",
        "word-ce": "learner.saliency.losses:WORD_CE",
        "irrelevant": "learner.saliency.losses:IRRELEVANT",
        "head": "learner.saliency.losses:HEAD",
    },
    "acquisition": {
        "margin": "learner.acquisition.uncertain:margin",
        "entropy": "learner.acquisition.uncertain:entropy",
        "least-confident": "learner.acquisition.uncertain:least_confident",
        "margin-gumbel": "learner.acquisition.uncertain:margin_gumbel",
        "bald": "learner.acquisition.bald:bald",
        "badge": "learner.acquisition.diverse:badge",
        "core-set": "learner.acquisition.diverse:core_set",
        "typical": "learner.acquisition.typical:typical",
        "gradient-length": "learner.acquisition.looking:gradient_length",
        "diffuse": "learner.acquisition.looking:diffuse",
        "lexicon-conflict": "learner.acquisition.looking:lexicon_conflict",
        "disagreement": "learner.acquisition.looking:disagreement",
        "random": "learner.acquisition.uncertain:random",
        "uncertainty": "learner.acquisition.uncertain:margin",
    },
    "view": {
        "gradient": "learner.saliency.gradients:gradient",
        "input_x_gradient": "learner.saliency.gradients:input_x_gradient",
        "share": "learner.saliency.gradients:share",
    },
    "attribution": {
        "gradient": "learner.saliency.attributions:gradient",
        "input_x_gradient": "learner.saliency.attributions:input_x_gradient",
        "evidence": "learner.saliency.attributions:evidence",
        "gradient_norm": "learner.saliency.attributions:gradient_norm",
        "integrated_gradients": "learner.saliency.attributions:integrated_gradients",
        "leave_one_out": "learner.saliency.attributions:leave_one_out",
        "captum_smooth_grad": "learner.saliency.captum_attributions:smooth_grad",
        "captum_gradient_shap": "learner.saliency.captum_attributions:gradient_shap",
        "captum_shapley_sampling": "learner.saliency.captum_attributions:shapley_sampling",
        "captum_kernel_shap": "learner.saliency.captum_attributions:kernel_shap",
    },
}


def names(kind: Kind) -> tuple[str, ...]:
    """Return the names of a kind, the built-in ones first; import none of the parts.

    The losses include the sums that we recommend; other sums are possible.
    """
    return tuple(_BUILT_IN[kind] | _outside(kind)) + (RECOMMENDED_SUMS if kind == "loss" else ())


def load(kind: Kind, name: str) -> Any:
    """Import and return the part called `name`; a loss may also be a sum."""
    if kind != "loss":
        return _import(kind, name)
    parts = [(part, _import(kind, part.name)) for part in parse_loss(name)]
    return import_module("learner.saliency.losses").sum_of(parts)


def check(kind: Kind, name: str) -> None:
    """Raise ConfigError for a name that nothing is registered under, or a sum or mix with such a part."""
    for part in _parts(kind, name):
        _home(kind, part)


def check_all(*, loss: str | None, model: str | None) -> None:
    """Raise ConfigError for a loss or a model that is not registered; None is none."""
    if loss is not None:
        check("loss", loss)
    if model is not None:
        check("model", model)


def _parts(kind: Kind, name: str) -> list[str]:
    if kind == "loss":
        return [part.name for part in parse_loss(name)]
    return [share.name for share in parse_mix(name)] if kind == "acquisition" else [name]


def _import(kind: Kind, name: str) -> Any:
    module, _, attribute = _home(kind, name).partition(":")
    try:
        return getattr(import_module(module), attribute)
    except ModuleNotFoundError as error:
        package = (error.name or module).partition(".")[0]
        raise ConfigError(
            f"{kind} {name!r} needs the package {package}, which is not installed: pip install {package}"
        ) from error


def _home(kind: Kind, name: str) -> str:
    # Reading the entry points from disk takes milliseconds each time: only for a name that is not built in.
    home = _BUILT_IN[kind].get(name) or _outside(kind).get(name)
    if home is None:
        sums = {"loss": " or a sum of them", "acquisition": " or a mix of them"}.get(kind, "")
        raise UnknownName(f"no {kind} is called {name!r}: choose one of {', '.join(names(kind))}{sums}")
    return home


def _outside(kind: Kind) -> dict[str, str]:
    """Return name → "module:attribute" of other packages' parts; they cannot replace a built-in name."""
    homes = {entry.name: entry.value for entry in entry_points(group=f"whylight.{kind}")}
    return {name: home for name, home in homes.items() if name not in _BUILT_IN[kind]}
