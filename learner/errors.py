"""Everything the learner refuses, in one tree. Each message is one sentence for a person.

LearnerError
├── ArgumentError     a command's arguments are not what it takes
├── ExampleError      a line of a file is no example
├── VectorsError      word vectors cannot be read
├── ConfigError       a setting cannot be
│   ├── UnknownName   nothing is registered under a name
│   └── DeviceError   the machine has no such device
├── TrainingError     a training cannot begin or go on
│   ├── EngineError   two engines do not agree on the saliency
│   └── ResumeError   a training's state is of another one, or damaged
├── GroupError        the processes of a job are not all there
├── PartError         a part of a file that several processes write is damaged
├── CheckpointError   a checkpoint is missing, damaged, newer, or in the way
└── SaliencyError     no saliency can be taken of a model, or none that means anything

TrainingCancelled     no error: somebody asked for it
TokenNotInText        tokens that are not a text's, for the reader of a file to explain (data/token_places.py)
"""


class LearnerError(ValueError):
    """The root of the tree: catch it to show the message."""


class ArgumentError(LearnerError):
    """Raised for arguments that a command does not take: says which."""


class ExampleError(LearnerError):
    """Raised for a line that is no example: says where, what was found and what was expected."""


class VectorsError(LearnerError):
    """Raised for a source of vectors that cannot be read: says what is missing and how to get it."""


class ConfigError(LearnerError):
    """Raised for a setting that cannot be: says which, what was found and what was expected."""


class UnknownName(ConfigError):
    """Raised for a name that nothing is registered under: lists the names there are."""


class DeviceError(ConfigError):
    """Raised for a device that this machine does not have."""


class TrainingError(LearnerError):
    """Raised for a training that cannot begin or go on: says why and what to change."""


class EngineError(TrainingError):
    """Raised when the closed form differs from the reference by more than rounding: says where and by how much."""


class ResumeError(TrainingError):
    """Raised for a training's state that belongs to another training, or cannot be read."""


class CheckpointError(LearnerError):
    """Raised for a checkpoint that cannot be written or used: says what is wrong with it."""


class GroupError(LearnerError):
    """Raised where a job of several processes has too few or too many, or one of them has ended."""


class PartError(LearnerError):
    """Raised for a part of a long file that is not what was written: it was removed, to be written anew."""


class SaliencyError(LearnerError):
    """Raised for a score, a level or marks that no saliency can be taught by: says what to give instead."""


class TrainingCancelled(Exception):
    """Raised when `should_stop` said so; with `resume_from`, the same call goes on from there."""
