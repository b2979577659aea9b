"""The page behind a link, in a real browser, with scripts and without."""

import asyncio
from typing import Any

from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException, WebDriverException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from shared.contracts.topics import ANSWERS_EVENTS
from tests.browser.conftest import Site
from tests.conftest import until
from tests.integration.notify.scene import event, task


async def opened(site: Site, browser: Chrome, **changes: Any) -> str:
    now = site.scene.clock.now()
    await site.scene.hear(event(task(now, **changes), now))
    link = await site.link()
    await asyncio.to_thread(browser.get, link)
    return link


async def answered(browser: Chrome, by: str, said: str, reason: str = "") -> None:
    def fill() -> None:
        browser.find_element(By.ID, "by").send_keys(by)
        browser.find_element(By.ID, f"said-{said}").click()
        if reason:
            browser.find_element(By.ID, "reason").send_keys(reason)
        browser.find_element(By.TAG_NAME, "button").click()

    await asyncio.to_thread(fill)


def all_of(browser: Chrome, selector: str) -> list[WebElement]:
    return browser.find_elements(By.CSS_SELECTOR, selector)


def text_of(browser: Chrome) -> str:
    """What the page says; empty while the browser goes from one page to the next."""
    try:
        return browser.find_element(By.TAG_NAME, "main").text
    except (StaleElementReferenceException, NoSuchElementException):
        return ""
    except WebDriverException as error:
        # the driver's other word for a stale element: the page went between finding it and reading it
        if "does not belong to the document" not in str(error.msg):
            raise
        return ""


async def shows(browser: Chrome, words: str) -> None:
    """Wait until the page says these words."""

    async def said() -> bool:
        return words in await asyncio.to_thread(text_of, browser)

    await until(said, f"the page says {words!r}")


class TestOpening:
    async def test_it_changes_nothing(self, site: Site, browser: Chrome) -> None:
        link = await opened(site, browser)
        before = await site.scene.alert()
        await asyncio.to_thread(browser.get, link)
        assert await site.scene.alert() == before
        assert before.status == "open"
        assert await site.scene.told(ANSWERS_EVENTS) == []
        await shows(browser, "Safeguard the people at risk")

    async def test_a_reader_of_screens_finds_the_way(self, site: Site, browser: Chrome) -> None:
        await opened(site, browser, urgency="life_risk")
        await asyncio.to_thread(self._accessible, browser)

    def _accessible(self, browser: Chrome) -> None:
        assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en-GB"
        assert browser.title
        for landmark in ("header", "main", "footer", "h1"):
            assert len(all_of(browser, landmark)) == 1
        labels = {label.get_attribute("for"): label.text for label in all_of(browser, "label")}
        for control in all_of(browser, "input, textarea"):
            assert labels[control.get_attribute("id")]
            assert control.accessible_name
        assert all_of(browser, "fieldset > legend")[0].text
        assert browser.find_element(By.TAG_NAME, "button").accessible_name == "Send this answer"
        ids = [one.get_attribute("id") for one in all_of(browser, "[id]")]
        assert len(ids) == len(set(ids))
        assert "Phone the control room now" in text_of(browser)
        # the style is the page's own, and the policy lets it in
        assert browser.find_element(By.TAG_NAME, "button").value_of_css_property("color") == "rgba(255, 255, 255, 1)"
        assert all_of(browser, "script, link, img, iframe") == []


class TestAnswering:
    async def test_it_needs_a_name(self, site: Site, browser: Chrome) -> None:
        await opened(site, browser)
        await answered(browser, "", "accepted")
        assert (await site.scene.alert()).status == "open"
        await answered(browser, "   ", "accepted")
        assert (await site.scene.alert()).status == "open"
        await shows(browser, "Say who you are")

    async def test_accepting_counts_and_a_second_is_told_whose_it_was(self, site: Site, browser: Chrome) -> None:
        link = await opened(site, browser)
        await answered(browser, "Sgt Lanning", "accepted")
        await shows(browser, "Your answer counts")
        alert = await site.scene.alert()
        assert (alert.status, alert.acknowledged_by, alert.answer) == ("acknowledged", "Sgt Lanning", "accepted")
        (told,) = await site.scene.told(ANSWERS_EVENTS)
        assert (told["data"]["kind"], told["data"]["way"]) == ("accepted", "link")
        await asyncio.to_thread(browser.get, link)
        await shows(browser, "already")
        assert await asyncio.to_thread(all_of, browser, "form") == []

    async def test_two_at_once(self, site: Site, browser: Chrome) -> None:
        link = await opened(site, browser)
        await asyncio.to_thread(browser.switch_to.new_window, "tab")
        await asyncio.to_thread(browser.get, link)
        await answered(browser, "Sgt Lanning", "accepted")
        await shows(browser, "Your answer counts")
        await asyncio.to_thread(browser.close)
        await asyncio.to_thread(browser.switch_to.window, browser.window_handles[0])
        await answered(browser, "Insp. Okonjo", "declined", "not our area")
        await shows(browser, "Sgt Lanning has accepted it")
        assert len(await site.scene.told(ANSWERS_EVENTS)) == 1

    async def test_a_decline_says_why(self, site: Site, browser: Chrome) -> None:
        await opened(site, browser)
        await answered(browser, "Sgt Lanning", "declined")
        await shows(browser, "Say why it is not yours")
        await answered(browser, "", "declined", "the child lives in Essex")
        await shows(browser, "Your answer counts")
        (told,) = await site.scene.told(ANSWERS_EVENTS)
        assert told["data"]["reason"] == "the child lives in Essex"
