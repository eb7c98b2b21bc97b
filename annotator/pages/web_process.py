"""The process that serves the pages: Streamlit, with our options, protected by the guard.

`python -m annotator.pages.web_process SCRIPT ORIGINS --OPTION=VALUE …`, started by `annotator/serving.py`; ORIGINS are
those of the proxies in front of it, separated by spaces.
"""

import asyncio
import logging
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path

from starlette.middleware import Middleware
from streamlit import config
from streamlit.runtime.secrets import Secrets
from streamlit.web.server.server_util import get_url
from streamlit.web.server.starlette.starlette_app import App

from annotator.errors import CannotServe
from annotator.pages import web_options
from annotator.pages.guard.downloads import GuardedApp
from annotator.pages.guard.first_frame import FirstFrame
from annotator.pages.guard.middleware import Guard, own_names
from annotator.pages.guard.replaced import install_guard
from annotator.pages.operating.addresses import Watched
from annotator.pages.operating.stopping import Stop
from annotator.pages.operating.under_way import FinishesFirst, UnderWay
from annotator.pages.sending import send_at_once
from annotator.safe_path import HOME
from annotator.settings import PROJECT_VARIABLE, Settings, read_settings

logger = logging.getLogger(__name__)

_MADE_OF = (
    *("answering.screen", "care.freeing", "care.kept_backups", "exporting.preview", "importing.uploads"),
    *("reviewing.browsing", "reviewing.my_work", "reviewing.review"),
    *("rounds.asking.trying", "rounds.listing", "rounds.looking_again.look_again", "rounds.measuring.comparing"),
)


def build(script: str, guard: Middleware, settings: Settings, stop: Stop) -> GuardedApp:
    """Return the pages behind their guard; raise CannotServe if it would not protect them."""
    if settings.project is None:
        raise CannotServe(f"No project is named: {PROJECT_VARIABLE} is not set; start the pages with `whylight serve`.")
    install_guard()
    send_at_once()
    finishes_first = Middleware(FinishesFirst, under_way=stop.under_way)
    watched = Middleware(
        Watched, project=settings.project, under_way=stop.under_way, with_metrics=settings.gives_metrics
    )

    @asynccontextmanager
    async def while_it_serves(_: App) -> AsyncIterator[None]:
        async with stop.at_signals(), _first_visit():
            yield

    return GuardedApp(
        script, middleware=[guard, watched, finishes_first, Middleware(FirstFrame)], lifespan=while_it_serves
    )


def read_no_configuration() -> None:
    """Keep Streamlit from reading any config.toml, and from copying secrets into the environment."""
    find_files = config.get_config_files
    _warn_of_unread_files(find_files("config.toml"))
    config.get_config_files = lambda file_name: [] if file_name == "config.toml" else find_files(file_name)
    Secrets._maybe_set_environment_variable = staticmethod(lambda k, v: None)  # type: ignore[method-assign]


def main() -> None:
    """Serve the pages until a signal stops it; end with 1 if that cut something off."""
    script, origins, options = sys.argv[1], sys.argv[2].split(), web_options.read(sys.argv[3:])
    try:
        read_no_configuration()
        _warn_of_unread_secrets(options["secrets.files"])
        guard = Middleware(Guard, hosts=own_names(options["server.allowedHosts"]), origins=frozenset(origins))
        settings = read_settings()
        stop = Stop(UnderWay(), within_s=settings.stop_within_s)
        app = build(script, guard, settings, stop)
        sys.argv = [script]  # Streamlit takes its folder for the application's
        ours = web_options.FIXED | {"server.corsAllowedOrigins": origins} | options
        app.run(config=web_options.of_the_user(Path.home()) | ours)
        if not stop.is_complete:
            sys.exit(1)
    except CannotServe as refusal:
        sys.exit(f"Error: {refusal}")


@asynccontextmanager
async def _first_visit() -> AsyncIterator[None]:
    opening = None
    if not config.get_option("server.headless"):
        address = get_url(config.get_option("browser.serverAddress"))
        opening = asyncio.create_task(asyncio.to_thread(webbrowser.open, address))
    importing = asyncio.create_task(asyncio.to_thread(import_for_the_first_visitor))
    yield
    if opening is not None:
        await opening
    await importing


def import_for_the_first_visitor() -> None:
    """Import what pages are made of, but no page: in a page's run alone its components and fonts are registered."""
    for module in _MADE_OF:
        import_module(f"annotator.{module}")


def _warn_of_unread_files(files: list[str]) -> None:
    for file in filter(Path.is_file, map(Path, files)):
        if file.parents[1] == Path.home():
            logger.warning("From %s only %s are read.", file, ", ".join(web_options.OF_THE_USER))
        elif str(file.parents[1]) != HOME:
            logger.warning("%s is not read: `whylight serve` has its own options.", file)


def _warn_of_unread_secrets(read: list[str]) -> None:
    file = Path.cwd() / ".streamlit" / "secrets.toml"
    if file.is_file() and file.resolve() not in [Path(name).resolve() for name in read]:
        logger.warning("%s is not read: `whylight serve --secrets` names a file of secrets.", file)


if __name__ == "__main__":
    main()
