"""Which of Streamlit's options we set, and which the user may set; all others keep Streamlit's values.

The config.toml in the current folder is not read: it may have come with another person's project, and may open the
pages to other origins. The user's options come from the environment, or from the file in their home.
"""

import os
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from annotator.errors import CannotServe

LOOK: dict[str, str | bool] = {
    "theme.font": "Inter, sans-serif",
    "theme.headingFont": '"Source Serif 4", Georgia, serif',
    "theme.baseRadius": "8px",
    "theme.showWidgetBorder": True,
    "theme.light.primaryColor": "#1F6F78",
    "theme.light.backgroundColor": "#FBFAF7",
    "theme.light.secondaryBackgroundColor": "#F3F1EA",
    "theme.light.textColor": "#24313A",
    "theme.light.borderColor": "#E2DFD7",
    "theme.light.linkColor": "#1F6F78",
    "theme.dark.primaryColor": "#6CC4C9",
    "theme.dark.backgroundColor": "#16191C",
    "theme.dark.secondaryBackgroundColor": "#1D2125",
    "theme.dark.textColor": "#E9E6DF",
    "theme.dark.borderColor": "#2F3439",
    "theme.dark.linkColor": "#6CC4C9",
    "client.toolbarMode": "minimal",
    "client.showErrorDetails": "none",
    "client.showErrorLinks": False,
    "browser.gatherUsageStats": False,
}
"""Streamlit's options for the look and behaviour of our pages, light or dark as the system is."""

FIXED: dict[str, Any] = {
    **LOOK,
    # No other web page may talk to this server, and no header says who people are.
    "client.allowedOrigins": [],
    "server.corsAllowedOrigins": [],
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    "server.trustedUserHeaders": {},
    # Only the pages are served, at the addresses that `annotator/pages/guard/` expects.
    "server.baseUrlPath": "",
    "server.enableAgentApi": False,
    "server.enableStaticServing": False,
    "server.scriptHealthCheckEnabled": False,
    "server.fileWatcherType": "none",
    "server.runOnSave": False,
    "global.developmentMode": False,
    # A full collection after every answer holds up its receipt by up to 200 ms; Python collects by itself.
    "runner.postScriptGC": False,
    "logger.hideWelcomeMessage": True,
}
"""The options that `serve` always sets, whatever is configured."""

OF_THE_ACCESS = (
    *("server.address", "server.port", "server.headless", "server.allowedHosts", "server.maxUploadSize"),
    *("browser.serverAddress", "secrets.files"),
)
"""The options that `serve` sets from its own options."""

OF_THE_USER = (
    *("logger.level", "logger.messageFormat", "server.sslCertFile", "server.sslKeyFile"),
    "server.websocketPingInterval",
)
"""The options that the user may configure: none of them gives other people access."""

AS_STREAMLIT_HAS_THEM = frozenset(
    {
        *("global.disableWidgetStateDuplicationWarning", "global.showWarningOnDirectExecution", "global.e2eTest"),
        *("global.unitTest", "global.appTest", "global.suppressDeprecationWarnings", "global.minCachedMessageSize"),
        *("global.maxCachedMessageAge", "logger.enableRich", "client.disableDataExport"),
        *("client.showSidebarNavigation", "runner.magicEnabled", "runner.fastReruns"),
        *("runner.enforceSerializableSessionState", "runner.enumCoercion", "runner.parallelMaxWorkers"),
        *("runner.cacheBackgroundRefreshMaxWorkers", "runner.cacheBackgroundRefreshTTLMultiplier"),
        *("runner.connectionDefaultTTL", "runner.cacheHashSeed", "server.folderWatchList"),
        *("server.folderWatchBlacklist", "server.enableExpensiveMemoryStats", "server.maxCacheDataSize"),
        *("server.cookieSecret", "server.showEmailPrompt", "server.allowRunOnSave"),
        *("server.customComponentBaseUrlPath", "server.xsrfCookieSameSite", "server.maxMessageSize"),
        *("server.maxWidgetStateSize", "server.enableWebsocketCompression", "server.disconnectedSessionTTL"),
        *("server.agentWaitTimeout", "server.agentSessionTTL", "server.agentMaxSessions", "server.agentPreviewRows"),
        *("server.unsafeMetricsUserAttributes", "browser.serverPort", "ui.hideTopBar"),
        *("magic.displayRootDocString", "magic.displayLastExprIfNoSemicolon"),
    }
)
"""The options that neither the user nor we set, as with every theme option that is not in `LOOK`."""


def written(options: dict[str, Any]) -> list[str]:
    """Return options as command-line arguments, one for each value of a list."""
    return [
        f"--{name}={str(item).lower() if isinstance(item, bool) else item}"
        for name, value in options.items()
        for item in (value if isinstance(value, list | tuple) else [value])
    ]


def read(arguments: Sequence[str]) -> dict[str, Any]:
    """Return the options that `written` wrote: text, numbers, booleans, and lists where several values are allowed."""
    options: dict[str, Any] = {}
    for argument in arguments:
        name, _, value = argument.removeprefix("--").partition("=")
        if name in ("server.allowedHosts", "secrets.files"):
            options.setdefault(name, []).append(value)
        else:
            options[name] = {"true": True, "false": False}.get(value, int(value) if value.isdecimal() else value)
    return options


def of_the_user(home: Path) -> dict[str, Any]:
    """Return the user's options that they have set, in the environment or in their home."""
    file = home / ".streamlit" / "config.toml"
    try:
        sections = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise CannotServe(f"{file} cannot be read as TOML ({error}); correct it or remove it.") from error
    found: dict[str, Any] = {}
    for option in OF_THE_USER:
        section, name = option.split(".")
        in_file = sections.get(section, {}).get(name) if isinstance(sections.get(section, {}), dict) else None
        value = os.environ.get(_variable(option), in_file)
        if value is not None:
            found[option] = int(value) if option == "server.websocketPingInterval" else str(value)
    return found


def _variable(option: str) -> str:
    """Return the environment variable of an option, such as STREAMLIT_SERVER_SSL_CERT_FILE."""
    spelt = "".join(f"_{letter}" if letter.isupper() else letter for letter in option.replace(".", "_"))
    return f"STREAMLIT_{spelt.upper()}"
