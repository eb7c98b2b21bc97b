"""All errors of the learner, in one tree. Each message is one sentence for a person.

LearnerError
├── ArgumentError     a command does not accept its arguments
├── ExampleError      a line of a file is not an example
├── VectorsError      word vectors cannot be read
├── EncoderError      a pretrained encoder, or the vectors kept of it, cannot be used
├── ConfigError       a setting has an impossible value
│   ├── UnknownName   nothing is registered under a name
│   └── DeviceError   the machine has no such device
├── TrainingError     a training cannot begin or continue
│   ├── EngineError   two engines do not agree on the saliency
│   └── ResumeError   a training's state belongs to another training, or is damaged
├── GroupError        a job has too few or too many processes
├── PartError         a part of a file that several processes write is damaged
├── ShardError        a shard, or what was written of it, cannot be used
│   └── ShardsChanged  shards are missing, or are not what they were
├── ClusterError      a cluster cannot be used, or its workers end again and again
├── CheckpointError   a checkpoint is missing, damaged, too new, or in the way
└── SaliencyError     a model has no saliency, or none with a meaning

TrainingCancelled     not an error: a person asked for it
TokenNotInText        tokens that are not in their text, for the reader of a file to explain (data/token_places.py)
BadJson               a text is not JSON as it is read here, for its reader to explain (data/strict_json.py)
├── BrokenJson        it is no JSON at all
└── NotFinite         it has a number that is not finite
"""

from whylight.errors import Error


class LearnerError(Error, ValueError):
    """The root of the tree: catch it to show the message."""


class ArgumentError(LearnerError):
    """Raised for arguments that a command does not accept: says which."""


class ExampleError(LearnerError):
    """Raised for a line that is not an example: says where, what was found and what was expected."""


class VectorsError(LearnerError):
    """Raised for a source of vectors that cannot be read: says what is missing and how to get it."""


class EncoderError(LearnerError):
    """Raised for an encoder that is missing, damaged or of another kind: says what is wrong and how to get one."""


class ConfigError(LearnerError):
    """Raised for an impossible setting: says which, what was found and what was expected."""


class UnknownName(ConfigError):
    """Raised for a name that nothing is registered under: lists the registered names."""


class DeviceError(ConfigError):
    """Raised for a device that this machine does not have."""


class TrainingError(LearnerError):
    """Raised for a training that cannot begin or continue: says why and what to change."""


class EngineError(TrainingError):
    """Raised when the closed form differs from the reference by more than rounding: says where and by how much."""


class ResumeError(TrainingError):
    """Raised for a training's state that belongs to another training, or cannot be read."""


class CheckpointError(LearnerError):
    """Raised for a checkpoint that cannot be written or used: says what is wrong with it."""


class GroupError(LearnerError):
    """Raised when a job has too few or too many processes, or one of them has ended."""


class PartError(LearnerError):
    """Raised for a part of a long file that is not what was written: it was removed, to be written again."""


class ShardError(LearnerError):
    """Raised for shards, or scores of them, that do not belong together: names the file and says what to do."""


class ShardsChanged(ShardError):
    """Raised for shards that are missing, or are not what was built: names them."""


class ClusterError(LearnerError):
    """Raised for a cluster that cannot be used, or whose workers end again and again: says why and what to do."""


class SaliencyError(LearnerError):
    """Raised for a score, a level or marks that cannot teach saliency: says what to give instead."""


class TrainingCancelled(Exception):
    """Raised when `should_stop` returned true; with `resume_from`, the same call resumes from there."""
