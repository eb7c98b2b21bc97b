"""What the benchmarks of size measure is the program, not their own records."""

import tracemalloc

from size import StepClock


def test_step_clock_holds_nothing_for_each_report() -> None:
    clock = StepClock()
    clock.note(0, 100_000)
    tracemalloc.start()
    for done in range(100_000):
        clock.note(done, 100_000)
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 10_000


def test_step_clock_tells_each_step_up_to_its_last_report() -> None:
    clock = StepClock()
    for done in (0, 1, 3, 4, 6, 9):
        clock.note(done, 9)
    cpu_s, wall_s = clock.spent()
    assert list(cpu_s) == list(wall_s) == ["read", "add sentences", "index words"]
    assert all(seconds >= 0 for seconds in wall_s.values())
