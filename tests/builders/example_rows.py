"""One example with all that a format may have trouble with: formulas, an emoji, both marks, a prediction."""

from annotator.exporting.example import ExampleRow, GivenAnswer, Prediction
from annotator.exporting.writing import About
from db.records import Label

ABOUT = About("ships", [Label(0, "none", takes_rationale=False), Label(1, "=event")])
ROW = ExampleRow(
    id="-1",
    text="=HYPERLINK(1); 👍🏽 sank",
    tokens=("=", "HYPERLINK", "(", "1", ")", ";", "👍🏽", "sank"),
    starts=(0, 1, 10, 11, 12, 13, 15, 18),
    split="train",
    label="=event",
    marks="+++++.-+",
    answers=(GivenAnswer("ada", "=event", "+++++.-+", 1.5), GivenAnswer("Bob", "none", None)),
    votes={"none": 1, "=event": 1},
    soft_marks=(1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0),
    chosen="random",
    seconds=1.5,
    metadata={"source": "log"},
    tags=("irony",),
    prediction=Prediction(3, {"none": 0.25, "=event": 0.75}, (0.5,) * 8, "=event"),
)
