import json

import pytest

from learner.config import TrainingConfig
from learner.errors import ConfigError


def test_a_configuration_survives_json():
    config = TrainingConfig(loss="hinge", levels=("word",), saliency_weight=0.3)
    assert TrainingConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config


def test_missing_settings_have_their_default():
    assert TrainingConfig.from_dict({}) == TrainingConfig()


@pytest.mark.parametrize(
    "setting",
    [
        {"loss": "nonesuch"},
        {"levels": ("sentence",)},
        {"saliency_target": "logit"},
        {"calibration": "on"},
        {"learning_rate": 0.0},
        {"batch_size": 0},
        {"max_steps": 0},
        {"dimension": -1},
        {"max_words": 0},
        {"saliency_weight": -0.1},
        {"warmup_steps": -1},
    ],
)
def test_an_impossible_setting_is_refused(setting):
    with pytest.raises(ConfigError):
        TrainingConfig(**setting)


def test_an_unknown_setting_is_refused():
    with pytest.raises(ConfigError, match="unknown settings: colour"):
        TrainingConfig.from_dict({"colour": "red"})
