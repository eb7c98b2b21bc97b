from annotator.rounds.measuring.measured import count_confusion, measure_against, measure_round


def test_a_round_is_represented_by_test_and_without_test_by_dev(store, judge_round, make_judged):
    both = judge_round(test=make_judged([True] * 30), dev=make_judged([False] * 20))
    alone = judge_round(dev=make_judged([False] * 20))
    measured = [measure_round(store, one) for one in (both, alone)]
    assert [(each.split, each.sentences) for each in measured] == [("test", 30), ("dev", 20)]
    assert [each.estimates["accuracy"].value for each in measured] == [100.0, 0.0]


def test_rounds_are_compared_on_a_split_that_both_have(store, judge_round, make_judged):
    first = judge_round(dev=make_judged([False] * 20))
    second = judge_round(test=make_judged([True] * 30), dev=make_judged([True] * 20))
    third = judge_round(test=make_judged([True] * 30))
    assert measure_against(store, first.id, second.id).split == "dev"
    assert measure_against(store, second.id, third.id).split == "test"
    assert measure_against(store, first.id, third.id) is None


def test_the_measuring_set_is_known_by_its_sentences_and_labels_in_any_order(store, judge_round, make_judged):
    one = make_judged([True] * 20)
    order = [*range(10, 20), *range(10)]
    rounds = [judge_round(test=each) for each in (one, one.take(order), one.take(range(19)))]
    first, shuffled, fewer = (measure_round(store, each).measured_on for each in rounds)
    assert first == shuffled != fewer


def test_a_round_of_an_older_whylight_has_figures_without_intervals(store, make_round):
    figures = {"examples": 160, "accuracy": 75.0, "average_precision_evidence": 41.5}
    measured = measure_round(store, make_round(1, metrics={"test": figures}))
    assert (measured.split, measured.sentences, measured.is_whole) == ("test", 160, False)
    assert measured.estimates["accuracy"].value == 75.0
    assert measured.estimates["accuracy"].interval is None
    assert measured.estimates["average_precision"].value == 41.5
    assert measured.estimates["delta_tpr"] is None
    assert measure_round(store, make_round(1)) is None


def test_the_precision_is_by_the_view_that_the_round_names(store, make_round):
    metrics = {"test": {"examples": 160, "average_precision_gradient": 30.0, "average_precision_theirs": 55.0}}
    values = [
        measure_round(store, make_round(1, metrics=metrics | made)).estimates["average_precision"].value
        for made in ({"model": {"view": "theirs"}}, {"model": {"view": "gradient"}}, {})
    ]
    assert values == [55.0, 30.0, 55.0]


def test_the_confusion_counts_what_people_say_by_what_was_predicted(store, judge_round, make_judged):
    ended = judge_round(test=make_judged([True, True, False, False, True]))
    split, counts = count_confusion(store, ended.id)
    assert split == "test"
    assert counts.tolist() == [[2, 1], [1, 1]]  # gold 0: rows 0, 2, 4; gold 1: rows 1, 3
