"""What stands around the pages: sign-in, type, colours, and nothing from outside."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Browser, Page, expect


def test_a_reload_keeps_people_signed_in_and_signing_out_asks_again(screen: Any) -> None:
    page = screen.page
    page.reload()
    screen.shows("captain")
    page.get_by_role("button", name=screen.person).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name=re.compile("^Annotate "))).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name=re.compile("^Annotate "))).to_be_visible(timeout=20_000)
    page.get_by_role("button", name=screen.person, exact=True).click()
    screen.shows("captain")


def test_who_has_signed_out_is_forgotten_before_the_page_says_so(screen: Any) -> None:
    page = screen.page
    own = screen.server.cookie_of(screen.person, role="researcher")
    elsewhere = own | {"name": f"whylight-person-{'0' * 32}"}
    page.context.add_cookies([elsewhere])
    page.get_by_role("button", name=screen.person).click()
    page.evaluate(
        """() => new MutationObserver(() => {
            const shown = document.querySelector(".st-key-sign-in");
            if (shown) window.remembered ??= document.cookie;
        }).observe(document.body, { childList: true, subtree: true })"""
    )
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name=re.compile("^Annotate "))).to_be_visible()
    remembered = page.evaluate("window.remembered")
    assert own["name"] not in remembered
    assert elsewhere["name"] in remembered


def test_an_address_from_a_colleague_leads_to_its_page_after_signing_in(screen: Any) -> None:
    page = screen.page
    page.get_by_role("button", name=screen.person).click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name=re.compile("^Annotate "))).to_be_visible()
    page.goto(f"{screen.server.url}/data")
    page.get_by_role("button", name=screen.person, exact=True).click(timeout=20_000)
    expect(page.get_by_role("heading", name="Data", exact=True)).to_be_visible(timeout=20_000)
    assert not page.get_by_role("dialog").count()


def test_a_name_with_markdown_is_shown_as_it_is(
    page: Page, shared_server: Any, sign_in_by_name: Callable[..., Any]
) -> None:
    sign_in_by_name(page, shared_server, "**Zoë** :red[_x_] <b>")
    expect(page.get_by_role("button", name="**Zoë** :red[_x_] <b> · events")).to_be_visible()


def test_our_fonts_are_loaded_and_nothing_comes_from_outside(
    page: Page, shared_server: Any, sign_in_by_name: Callable[..., Any]
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    screen = sign_in_by_name(page, shared_server, "Fontaine")
    page.evaluate("document.fonts.ready.then(() => true)")
    loaded = page.evaluate("[...document.fonts].filter(font => font.status === 'loaded').map(font => font.family)")
    assert {"Inter", "Source Serif 4"} <= set(loaded)
    assert "Source Serif 4" in screen.text.evaluate("text => getComputedStyle(text).fontFamily")
    assert page.get_by_text("All saved").evaluate("span => getComputedStyle(span).fontFamily").startswith("Inter")
    own = (shared_server.url, "data:", "blob:")
    assert [url for url in asked if not url.startswith(own)] == []


def test_light_and_dark_follow_the_system(
    browser: Browser, browser_context_args: dict[str, Any], shared_server: Any, sign_in_by_name: Callable[..., Any]
) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        context = browser.new_context(**browser_context_args | {"color_scheme": scheme})
        page = context.new_page()
        sign_in_by_name(page, shared_server, "Luz")
        grounds[scheme] = (
            page.locator(".stApp").evaluate("app => getComputedStyle(app).backgroundColor"),
            page.locator(".bar").evaluate("bar => getComputedStyle(bar).backgroundColor"),
        )
        context.close()
    assert grounds == {"light": ("rgb(251, 250, 247)",) * 2, "dark": ("rgb(22, 25, 28)",) * 2}


def test_the_menu_of_a_phone_is_closed_after_a_choice_and_after_a_reload(phone: Any) -> None:
    page = phone.page
    link = page.get_by_test_id("stPopoverBody").get_by_role("link", name="My work")
    page.get_by_role("button", name="Menu").click()
    assert link.bounding_box()["height"] >= 44
    link.click()
    expect(page.get_by_role("heading", name="My work", level=1)).to_be_visible()
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    expect(link).to_be_visible()
    page.reload()
    expect(page.get_by_role("heading", name="My work", level=1)).to_be_visible(timeout=20_000)
    expect(link).to_be_hidden()
    expect(page.get_by_test_id("stSidebar")).to_be_hidden()
