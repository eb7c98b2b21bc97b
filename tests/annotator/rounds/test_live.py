from annotator.rounds.live import answers_too_late, at_work, steps_of, waiting, watch
from db.learning.round_records import ProgressRow
from db.store import now_ms


def step(number: int, *, at_ms: int, total: int = 800, note: str = "") -> ProgressRow:
    return ProgressRow(1, number, total, 0.5, 0.1, None, None, note, at_ms)


def test_a_round_at_work_says_how_far_it_is_and_how_long_the_rest_takes(make_round):
    now = now_ms()
    working = make_round(
        7, state="training", heartbeat_ms=now, device="cpu", config={"loss": "log-mass", "weight": 0.1}
    )
    live = watch(working, [step(10, at_ms=0), step(510, at_ms=15_000)], now_ms=now)
    assert live.title == "Round 7 is training"
    assert live.headline == "step 510 of 800"
    assert live.done == 510 / 800
    assert live.facts[:4] == ("about 9 s left", "CPU", "seed 0", "λ 0.1")
    assert live.loading_s is None


def test_the_time_left_is_told_from_the_recent_steps(make_round):
    now = now_ms()
    slow_start = [step(1, at_ms=0), *(step(10 * place, at_ms=60_000 + 100 * place) for place in range(1, 31))]
    live = watch(make_round(7, state="training", heartbeat_ms=now), slow_start, now_ms=now)
    assert live.facts[0] == "about 5 s left"  # 500 steps of 10 ms


def test_loading_shows_for_how_long(make_round):
    loading = make_round(7, state="training", heartbeat_ms=now_ms(), begun_ms=1_000)
    live = watch(loading, [], now_ms=5_500)
    assert (live.headline, live.loading_s, live.done) == ("Loading (a few seconds)", 4.5, 0.0)


def test_reading_measuring_and_scoring_have_their_own_words(make_round):
    now = now_ms()
    note = "Reading sentences: 1,200 of 10,300"
    reading = watch(make_round(7, state="training", heartbeat_ms=now), [step(3, at_ms=0, note=note)], now_ms=now)
    assert (reading.title, reading.headline, reading.steps_total) == ("Round 7 is reading", note, None)
    measuring = watch(make_round(7, state="evaluating", heartbeat_ms=now), [step(800, at_ms=0)], now_ms=now)
    assert (measuring.title, measuring.headline, measuring.done) == (
        "Round 7 is being measured",
        "Measuring on dev and test",
        1.0,
    )
    stopping = make_round(-7, state="training", heartbeat_ms=now, cancel_requested=True)
    stopped = watch(stopping, [step(800, at_ms=0)], now_ms=now)
    assert (stopped.title, stopped.headline) == ("The twin of round 7 is training", "Stopping")


def test_a_process_that_is_silent_is_not_promised_to_end(make_round):
    silent = watch(make_round(7, state="training", heartbeat_ms=0), [step(1, at_ms=0), step(9, at_ms=9)], now_ms=9)
    assert "no sign of life" in silent.facts[0]
    assert not any("left" in fact for fact in silent.facts)


def test_twins_wait_until_no_other_round_does(make_round, make_overview):
    queued = {"state": "queued", "begun_ms": None}
    now = make_overview(
        make_round(3, **queued, created_ms=9),
        make_round(2, state="training"),
        make_round(1),
        make_round(-1, **queued, created_ms=1),
    )
    assert at_work(now).id == 2
    assert [one.id for one in waiting(now)] == [3, -1]
    assert at_work(make_overview(make_round(1))) is None


def test_a_long_training_is_drawn_by_some_200_of_its_steps_and_the_last():
    rows = [step(number, at_ms=number, total=5000) for number in range(1, 5001)]
    kept = steps_of([step(1, at_ms=0, note="Reading"), *rows])
    assert 200 <= len(kept) <= 202
    assert kept[-1].step == 5000


def test_answers_that_came_too_late_are_counted():
    assert answers_too_late(0) == ""
    assert answers_too_late(1) == "1 answer has arrived since it began; the next round learns from it."
