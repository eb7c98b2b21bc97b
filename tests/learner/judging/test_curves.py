from learner.judging.curves import Measured, curve_points
from learner.judging.figures import estimate_figures


def test_points_come_by_figure_loss_and_answers_with_their_intervals(draw_judged):
    of = {answers: draw_judged(100, seed=answers) for answers in (50, 100)}
    models = [Measured(loss, answers, answers / 10, of[answers]) for answers in (100, 50) for loss in ("none", "hinge")]
    points = curve_points(models, figures=("macro_f1", "accuracy"))
    assert [(point.figure, point.loss, point.answers) for point in points[:5]] == [
        ("macro_f1", "hinge", 50),
        ("macro_f1", "hinge", 100),
        ("macro_f1", "none", 50),
        ("macro_f1", "none", 100),
        ("accuracy", "hinge", 50),
    ]
    assert points[1].estimate == estimate_figures(of[100])["macro_f1"]
    assert points[1].minutes == 10


def test_a_figure_of_no_sentence_has_no_point(make_judged):
    points = curve_points([Measured("none", 20, None, make_judged([0, 1] * 9, [0, 1] * 9))])
    assert [point.figure for point in points] == ["accuracy", "macro_f1"]
