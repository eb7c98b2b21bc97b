"""The settings of a round: what people may choose, what `auto` means here, and whether that is possible."""

from dataclasses import dataclass, fields, replace
from pathlib import Path

from annotator.errors import CannotTrain
from db.files import is_database
from db.learning.round_records import Round
from learner.acquisition_names import DEFAULT_ACQUISITION, current_name
from learner.config import STATIC, TrainingConfig
from learner.encoders.choosing import AUTO, choose_encoder, find_encoder
from learner.encoders.directory import open_directory
from learner.errors import EncoderError
from learner.loss_names import NO_LOSS
from learner.model_names import KNOWN, can_learn, fitting_model, model_of_evidence, own_loss, trains_encoder
from learner.registry import check as check_name


@dataclass(frozen=True)
class RoundSettings:
    """The settings of a round that people may choose; all of them go into its record."""

    loss: str | None = None
    """None takes the model's own."""
    weight: float | None = None
    """λ; None takes the loss's own default."""
    seed: int = 0
    steps: int | None = None
    """The most training steps; None takes the learner's default."""
    encoder: str = AUTO
    """What turns words into vectors: `static`, `minilm`, the directory of a pretrained encoder, or `auto`: minilm where
    it is installed, but static if word vectors or another package's model are asked for, and elsewhere."""
    encoder_layer: int | None = None
    """After which of its layers a pretrained encoder is read; None takes half of them."""
    model: str = AUTO
    """A model by name, or `auto`: the one that fits the encoder and the sentences."""
    vectors: str = AUTO
    """Of the static encoder: a vector file, `glove-50d`, `random`, or `auto`: glove-50d where it is installed, else
    random."""
    device: str = "auto"
    acquisition: str = DEFAULT_ACQUISITION
    """An acquisition by name, or a mix of them."""
    random_share: float = 0.2
    """The share of the head of the queue that is drawn at random, and marked as such."""
    queue_size: int = 500
    """How many sentences a round orders; those after them stay in random order."""
    twin: bool = False
    """Whether the same is trained without the marks once the round serves, to show what the marks bought. The page and
    the command ask for it by default."""
    engine: str | None = None
    """What scores the shards of an attached pool: `processes` on this machine, which None means, or `ray`."""
    ray_address: str | None = None
    """The Ray cluster, as HOST:PORT or `auto`; None takes RAY_ADDRESS, or starts one of this machine alone."""
    shared_folder: str | None = None
    """A folder that all machines of the cluster find, for a copy of the checkpoint and the scores while the round is at
    work; None is next to the project."""
    pool_vectors: str | None = None
    """A folder, made if it is missing, that keeps what a pretrained encoder reads of an attached pool, so that the next
    round reads only what is new there; None reads all of it in every round."""
    seed_of: int | None = None
    """The round that this one repeats with another seed, to be compared with: it never serves and orders nothing."""


def settings_of(started: Round) -> RoundSettings:
    """Return the settings that a round was started with; what another Whylight added is left out.

    A round of an older Whylight may not name the layer that it read; its model does.
    """
    known = {field.name for field in fields(RoundSettings)}
    settings = RoundSettings(**{name: value for name, value in started.config.items() if name in known})
    layer = started.metrics.get("model", {}).get("layer")
    return settings if settings.encoder_layer is not None else replace(settings, encoder_layer=layer)


def resolve(settings: RoundSettings, *, has_queries: bool) -> RoundSettings:
    """Return the settings with what `auto` and None mean here, so that a round's record says what was trained.

    The loss of another package's model stays None: only its class knows it.
    """
    fits_static = settings.vectors != AUTO or settings.model not in (AUTO, *KNOWN)
    encoder = choose_encoder(settings.encoder, fits_static=fits_static)
    model = fitting_model(encoder, has_queries=has_queries) if settings.model == AUTO else settings.model
    acquisition = current_name(settings.acquisition)
    return replace(
        settings,
        encoder=encoder,
        model=model,
        loss=settings.loss or own_loss(model),
        acquisition=acquisition,
        shared_folder=_absolute(settings.shared_folder),
        pool_vectors=_absolute(settings.pool_vectors),
    )


def check_possible(settings: RoundSettings) -> None:
    """Raise CannotTrain or ConfigError if no round can have these resolved settings."""
    training_config(settings)
    if settings.loss is not None and not can_learn(settings.model, settings.loss):
        raise CannotTrain(
            f"The model {settings.model} has no evidence of words to teach by {settings.loss}; choose another loss, or "
            f"the model {model_of_evidence()}."
        )
    if trains_encoder(settings.model) and settings.encoder == STATIC:
        raise CannotTrain(f"The model {settings.model} trains a pretrained encoder; choose one, such as minilm.")
    check_name("acquisition", settings.acquisition)
    if settings.encoder == STATIC:
        _check_vectors(settings)
    else:
        _check_encoder(settings)
    if not 0 <= settings.random_share <= 1:
        raise CannotTrain(f"The random share is {settings.random_share}; give a number from 0 to 1.")


def keeps_vectors(settings: RoundSettings) -> bool:
    """Return whether a model of these resolved settings reads vectors that stay as they are, and are worth keeping."""
    return settings.encoder != STATIC and not trains_encoder(settings.model)


def can_have_twin(settings: RoundSettings) -> bool:
    """Return whether these resolved settings teach by the marks, so that a twin without them would differ."""
    return settings.loss != NO_LOSS and settings.weight != 0


def of_twin(settings: RoundSettings) -> RoundSettings:
    """Return the settings of the twin: the same, but for λ = 0."""
    return replace(settings, loss=NO_LOSS, weight=None, twin=False)


def without_pool(settings: RoundSettings) -> RoundSettings:
    """Return these settings without those that say how an attached pool is scored."""
    return replace(settings, engine=None, ray_address=None, shared_folder=None, pool_vectors=None)


def with_layer(settings: RoundSettings) -> RoundSettings:
    """Return these possible settings with the layer after which a pretrained encoder is read.

    So a round that is trained again, or its twin, reads the same layer, whatever the default is by then.
    """
    if not keeps_vectors(settings):
        return settings
    return replace(settings, encoder_layer=open_directory(find_encoder(settings.encoder)).layer(settings.encoder_layer))


def training_config(settings: RoundSettings, *, vectors: str | None = None) -> TrainingConfig:
    """Return the learner's configuration for these resolved settings; raises ConfigError if they are not possible."""
    return TrainingConfig(
        loss=settings.loss,
        saliency_weight=settings.weight,
        max_steps=settings.steps,
        encoder=settings.encoder,
        encoder_layer=settings.encoder_layer,
        model=settings.model,
        vectors=vectors,
        seed=settings.seed,
    )


def _check_vectors(settings: RoundSettings) -> None:
    if settings.encoder_layer is not None:
        raise CannotTrain("The static encoder has no layers; leave the layer out, or choose a pretrained encoder.")
    if settings.vectors not in (AUTO, "random", "glove-50d") and not Path(settings.vectors).is_file():
        raise CannotTrain(f"There is no vector file {settings.vectors}; give its path, glove-50d or random.")
    if is_database(Path(settings.vectors)):
        raise CannotTrain(f"{settings.vectors} is a database, not a vector file; give the path of a vector file.")


def _check_encoder(settings: RoundSettings) -> None:
    if settings.vectors != AUTO:
        raise CannotTrain(
            f"Word vectors ({settings.vectors}) are for the encoder static, not for {settings.encoder}; leave one out."
        )
    try:
        open_directory(find_encoder(settings.encoder)).layer(settings.encoder_layer)
    except EncoderError as error:
        raise CannotTrain(f"{_capitalised(str(error)).rstrip('.')}.") from error


def _absolute(folder: str | None) -> str | None:
    return None if folder is None else str(Path(folder).absolute())


def _capitalised(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]
