from xml.etree import ElementTree

import pytest

from annotator.charts.drawing import draw
from annotator.charts.parts import DASHED, Chart, Dot, Line, colours_for
from annotator.charts.scales import LogScale, Scale, domain_around, domain_up_to, spread

SVG = "{http://www.w3.org/2000/svg}"


def line(*values: float, name: str = "labels + marks", x: tuple[float, ...] = (), **facts) -> Line:
    places = x or tuple(100.0 * place for place in range(1, 1 + len(values)))
    dots = tuple(Dot(at, y, y - 3, y + 3, f"Round {y}") for at, y in zip(places, values, strict=True))
    return Line(name, "teal", dots, **facts)


def parsed(*lines: Line, for_print: bool = False, **facts) -> ElementTree.Element:
    chart = Chart("Accuracy by answers", "answers", lines, **facts)
    return ElementTree.fromstring(draw(chart, width=560, height=260, for_print=for_print))


def texts(svg: ElementTree.Element) -> list[str]:
    return [each.text or "" for each in svg.iter(f"{SVG}text")]


def test_the_axis_of_y_comes_from_the_data_and_not_from_zero():
    ticks = [each for each in texts(parsed(line(61, 66, 72))) if each.isdigit()]
    assert {"60", "70"} <= set(ticks)
    assert "0" not in ticks
    assert "100" in ticks  # of x: its first answers


def test_each_line_is_named_at_its_end_once_also_if_it_is_broken():
    svg = parsed(line(60, 65, is_named=False), line(70, 72, x=(300, 400)), line(55, 58, name="twin", dash=DASHED))
    assert texts(svg).count("labels + marks") == 1
    assert [each.get("stroke-dasharray") for each in svg.iter(f"{SVG}path") if each.get("stroke-dasharray")] == ["5 4"]
    end = next(each for each in svg.iter(f"{SVG}text") if each.text == "twin")
    assert float(end.get("x")) > max(float(each.get("cx")) for each in svg.iter(f"{SVG}circle"))


def test_intervals_are_a_band_and_bars_where_all_rounds_have_the_same_answers():
    bands = [each for each in parsed(line(60, 65)).iter(f"{SVG}path") if "band" in each.get("class")]
    assert len(bands) == 1
    alike = parsed(line(60, 65, x=(300.0, 300.0)))
    assert not [each for each in alike.iter(f"{SVG}path") if "band" in each.get("class")]
    assert [each.text for each in alike.iter(f"{SVG}text") if each.text == "300"] == ["300"]
    assert len(list(alike.iter(f"{SVG}circle"))) == 2


def test_a_line_goes_through_the_mean_of_rounds_with_the_same_answers():
    svg = parsed(line(60, 70, 80, x=(100.0, 100.0, 200.0)))
    (shape,) = [each.get("d") for each in svg.iter(f"{SVG}path") if each.get("stroke-width") == "2"]
    levels = [float(place.split(" ")[1]) for place in shape.removeprefix("M").split("L")]
    dots = [float(each.get("cy")) for each in svg.iter(f"{SVG}circle")]
    assert len(levels) == 2
    assert levels[0] == pytest.approx((dots[0] + dots[1]) / 2, abs=0.11)


def test_only_the_file_has_the_title_the_caption_and_a_white_ground():
    caption = "Accuracy in percent, by answers, on 160 test sentences. " * 3
    shown, saved = (parsed(line(60, 65), caption=caption, for_print=to_print) for to_print in (False, True))
    assert "Accuracy by answers" not in texts(shown)
    assert "Accuracy by answers" in texts(saved)
    assert caption.split() == " ".join(texts(saved)[-4:]).split()[-len(caption.split()) :]
    assert [each.get("fill") for each in saved.iter(f"{SVG}rect")] == ["#ffffff"]
    assert float(saved.get("height")) > float(shown.get("height")) == 260


def test_it_is_told_in_words_to_those_who_cannot_see_it():
    svg = parsed(line(60, 65), described="From 60.0 to 65.0 over 2 rounds.")
    assert (svg.get("role"), svg.get("aria-label")) == ("img", "From 60.0 to 65.0 over 2 rounds.")
    assert [each.text for each in svg.iter(f"{SVG}title")] == ["Round 60", "Round 65"]


def test_a_name_from_outside_is_text():
    name = "<script>alert(1)</script>"
    svg = draw(Chart("t", "x", (line(60, 65, name=name),), described=f'"{name}'), width=560, height=260)
    assert "<script" not in svg
    assert name in texts(ElementTree.fromstring(svg))


def test_labels_stay_apart_in_their_order_and_on_the_chart():
    assert spread([50, 50, 51], apart=14, low=10, high=100) == [50, 64, 78]
    assert spread([99, 98], apart=14, low=10, high=100) == [100, 86]


def test_an_axis_that_begins_at_zero_stays_until_a_value_passes_its_round_number():
    assert [domain_up_to(value)[1] for value in (1.55, 1.2, 0.9)] == [2.0, 2.0, 1.0]
    assert domain_up_to(0)[1] > 0


def test_one_value_has_an_axis_too():
    low, high = domain_around([70.0], least=4.0)
    assert low < 68 < 72 < high
    assert Scale(low, high, 200, 0).at(70) == pytest.approx(100)
    assert Scale(40, 80, 0, 1).ticks(5) == [40, 50, 60, 70, 80]


def test_each_doubling_is_as_wide_on_a_logarithmic_axis():
    scale = LogScale(50, 2000, 0, 100)
    steps = [scale.at(2 * value) - scale.at(value) for value in (50, 100, 1000)]
    assert steps == pytest.approx([steps[0]] * 3)
    assert (scale.at(50), scale.at(2000)) == pytest.approx((0, 100))
    assert scale.ticks(8) == [50, 100, 200, 500, 1000, 2000]
    assert scale.ticks(4) == [100, 1000]
    assert LogScale(210, 290, 0, 100).ticks(8) == [250]
    drawn = texts(parsed(line(60, 70, 80, x=(50.0, 200.0, 2000.0)), x_is_logarithmic=True))
    assert {"50", "100", "1,000", "2,000"} <= set(drawn)


def test_the_first_five_names_have_colours_of_their_own():
    assert len(set(colours_for("abcde").values())) == 5
    assert colours_for("abcdef")["f"] == colours_for("a")["a"]
