from collections.abc import Mapping

import pytest

from annotator.pages.joining import CannotJoin, join_modules

ENTRY = 'import { one } from "./one.js";\n\nexport default function mount() {\n  return one;\n}\n'


def join(files: Mapping[str, str]) -> str:
    return join_modules("main/entry.js", files.__getitem__)


def with_one(text: str) -> dict[str, str]:
    return {"main/entry.js": ENTRY, "main/one.js": text}


def test_modules_come_once_and_after_those_they_need_with_the_entrys_default_export_alone() -> None:
    files = {
        "main/entry.js": 'import {\n  one,\n  three,\n} from "./one.js";\nimport { two } from "../more/two.js";\n\n'
        "export default function mount() {}\n",
        "main/one.js": 'import { two } from "../more/two.js";\n\nexport const one = two;\nexport class three {}\n',
        "more/two.js": "// It is important to import this.\nexport async function two() {}\n",
    }
    assert [line for line in join(files).split("\n") if line] == [
        "// It is important to import this.",
        "async function two() {}",
        "const one = two;",
        "class three {}",
        "export default function mount() {}",
    ]


@pytest.mark.parametrize(
    "line",
    [
        'import one from "./two.js";',
        'import * as two from "./two.js";',
        'import "./two.js";',
        'import { two as three } from "./two.js";',
        'import { two } from "two";',
        'const two = await import("./two.js");',
        "const here = import.meta.url;",
        "export { one };",
        'export * from "./two.js";',
        "export let two = 2;",
        "export const { two } = {};",
        "const { two } = {};",
        "export default function two() {}",
    ],
)
def test_any_other_form_of_import_or_export_is_refused(line: str) -> None:
    files = with_one(f"{line}\nexport const one = 1;\n") | {"main/two.js": "export const two = 2;\n"}
    with pytest.raises(CannotJoin, match=r"^main/one\.js: "):
        join(files)


def test_a_name_that_is_not_exported_is_refused() -> None:
    with pytest.raises(CannotJoin, match=r"main/one\.js does not export one"):
        join(with_one("const one = 1;\n"))


def test_a_name_that_is_exported_twice_is_refused() -> None:
    with pytest.raises(CannotJoin, match="one is declared both in"):
        join(with_one("export const one = 1;\nexport function one() {}\n"))


def test_a_name_that_two_modules_declare_is_refused_even_where_neither_exports_it() -> None:
    with pytest.raises(CannotJoin, match=r"mount is declared both in main/one\.js and in main/entry\.js"):
        join(with_one("export const one = 1;\nfunction mount() {}\n"))


def test_a_circle_is_refused_and_drawn() -> None:
    circle = 'import { mount } from "./entry.js";\n\nexport const one = 1;\n'
    with pytest.raises(CannotJoin, match=r"main/entry\.js → main/one\.js → main/entry\.js"):
        join(with_one(circle))


def test_an_entry_without_a_default_export_is_refused() -> None:
    with pytest.raises(CannotJoin, match="the entry needs a default export"):
        join({"main/entry.js": "export const one = 1;\n"})
