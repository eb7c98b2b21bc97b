"""ES modules joined into one script, because Streamlit mounts a component's script as one text.

The files are real modules, so node and an editor can follow their names. Joined, all of them share
one scope: the import lines and `export` are removed, and no name may be declared twice.
Every form of import and export that is not supported here is refused, so none reaches the browser by accident.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from posixpath import dirname, join, normpath

_IMPORT = re.compile(r'^import \{([^{}]*)\} from "(\.{1,2}/[^"]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (default )?(?=(?:async )?function |class |const )", re.MULTILINE)
_DECLARATION = re.compile(
    r"^(export )?(default )?(?:async function|function|class|const|let|var)\*? +([\w$]+|[{\[])", re.MULTILINE
)
_UNSUPPORTED = re.compile(r"^(?:[ \t]*(?:import|export)\b.*|.*\bimport ?[(.].*)", re.MULTILINE)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")


class CannotJoin(ValueError):
    """Modules that cannot become one script."""


@dataclass(frozen=True)
class _Module:
    """A module's text without its import lines and exports, and what it imports, exports and declares."""

    path: str
    body: str
    imported: dict[str, tuple[str, ...]]  # names by the path of the module they come from
    exported: frozenset[str]
    declared: tuple[str, ...]
    has_default: bool


def join_modules(entry: str, read: Callable[[str], str]) -> str:
    """Return one script of `entry` and all that it imports, each module after the ones it needs.

    `read` returns the text at a path. Only the entry's default export is left. Raise CannotJoin for
    an import or export of another form, a name that no module exports or two declare, or a circular import.
    """
    modules = list(_in_order(entry, read, loaded={}, above=()))
    if not modules[-1].has_default:
        raise CannotJoin(f"{entry}: the entry needs a default export")
    _refuse_duplicates(modules)
    return "\n".join(module.body for module in modules)


def _in_order(
    path: str, read: Callable[[str], str], *, loaded: dict[str, _Module], above: tuple[str, ...]
) -> Iterator[_Module]:
    if path in above:
        raise CannotJoin(f"modules import each other in a circle: {' → '.join([*above, path])}")
    if path in loaded:
        return
    module = _parse(path, read(path), is_entry=not above)
    for needed, names in module.imported.items():
        yield from _in_order(needed, read, loaded=loaded, above=(*above, path))
        if missing := set(names) - loaded[needed].exported:
            raise CannotJoin(f"{path}: {needed} does not export {', '.join(sorted(missing))}")
    loaded[path] = module
    yield module


def _parse(path: str, text: str, *, is_entry: bool) -> _Module:
    declarations = [match.groups() for match in _DECLARATION.finditer(text)]
    body = _EXPORT.sub(lambda match: match[0] if match[1] else "", _IMPORT.sub("", text))
    has_default = any(default for _, default, _ in declarations)
    if has_default and not is_entry:
        raise CannotJoin(f"{path}: only the entry may have a default export")
    for line in _UNSUPPORTED.findall(body):
        if not (has_default and line.startswith("export default ")):
            raise CannotJoin(f"{path}: this form of import or export cannot be joined: {line.strip()}")
    return _Module(
        path=path,
        body=body,
        imported=_imports(path, text),
        exported=frozenset(name for exported, default, name in declarations if exported and not default),
        declared=tuple(name for _, _, name in declarations),
        has_default=has_default,
    )


def _imports(path: str, text: str) -> dict[str, tuple[str, ...]]:
    imported: dict[str, tuple[str, ...]] = {}
    for listed, source in _IMPORT.findall(text):
        names = tuple(name.strip() for name in listed.strip().rstrip(",").split(","))
        if unread := [name for name in names if not _NAME.fullmatch(name)]:
            raise CannotJoin(f"{path}: an import must name what it takes, without renaming: {unread[0]!r}")
        imported[normpath(join(dirname(path), source))] = names
    return imported


def _refuse_duplicates(modules: list[_Module]) -> None:
    """Raise CannotJoin if a top-level name is declared twice: in one scope the second would be an error."""
    homes: dict[str, str] = {}
    for module in modules:
        for name in module.declared:
            if not _NAME.fullmatch(name):
                raise CannotJoin(f"{module.path}: give each top-level name a declaration of its own")
            if name in homes:
                raise CannotJoin(f"{name} is declared both in {homes[name]} and in {module.path}")
            homes[name] = module.path
