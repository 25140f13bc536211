# SPDX-License-Identifier: Apache-2.0
"""A headless Chromium that opens pages gosnoop writes or serves, by Debian's chromium-driver and selenium.

    with browser.Page(url_or_file) as page:
        page.find("h1").text; page.click(".frame"); page.screenshot("name"); page.problems()

Nothing is fetched from elsewhere: every host name but this machine's own resolves to nothing, and an attempt
is a problem. Screenshots stay in SCREENSHOTS, for people to look at."""

import os
import pathlib
import shutil
import sys

import lib

# Where Debian puts it; another python3 may come first in the PATH.
sys.path.append("/usr/lib/python3/dist-packages")
try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.by import By
    from selenium.webdriver.support.ui import WebDriverWait
except ImportError as error:
    raise AssertionError("no python3-selenium: run scripts/install-deps --test") from error

SCREENSHOTS = os.path.join(os.path.dirname(os.path.dirname(lib.GOSNOOP)), "screenshots")
# What Chromium asks for by itself and no page can help.
HARMLESS = ("favicon.ico",)


def _options(width, height, dark):
    options = Options()
    # As root, in containers with a small /dev/shm and without a GPU.
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-extensions", "--disable-background-networking", "--disable-component-update",
                 f"--window-size={width},{height}",
                 "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"):
        options.add_argument(flag)
    if dark:
        options.add_argument("--force-dark-mode")
        options.add_argument("--enable-features=WebContentsForceDark:inversion_method/none")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return options


def _program(name):
    path = shutil.which(name)
    if path is None:
        raise AssertionError(f"no {name}: run scripts/install-deps --test")
    return path


class Page:
    """One page in a browser of its own, which ends with it."""

    def __init__(self, where, width=1280, height=900, dark=False, timeout=30):
        options = _options(width, height, dark)
        options.binary_location = _program("chromium")
        self.timeout = timeout
        self._seen = []
        self._driver = webdriver.Chrome(service=Service(_program("chromedriver")), options=options)
        self._driver.set_page_load_timeout(timeout)
        try:
            self._driver.get(where if "://" in where else pathlib.Path(where).resolve().as_uri())
        except BaseException:
            self.close()
            raise

    def wait_for(self, condition, what):
        """What condition() returns once that is true."""
        return WebDriverWait(self._driver, self.timeout).until(lambda _: condition(), f"no {what}")

    def find_all(self, selector):
        return self._driver.find_elements(By.CSS_SELECTOR, selector)

    def find(self, selector):
        """The first element that is there and seen."""
        return self.wait_for(lambda: next((e for e in self.find_all(selector) if e.is_displayed()), None), selector)

    def texts(self, selector):
        return [element.text for element in self.find_all(selector)]

    def click(self, selector):
        self.find(selector).click()

    def type(self, selector, text):
        field = self.find(selector)
        field.clear()
        field.send_keys(text)

    def script(self, code, *arguments):
        return self._driver.execute_script(code, *arguments)

    def problems(self):
        """What the console said at warning or above since the page was opened."""
        self._seen += [entry for entry in self._driver.get_log("browser")
                       if entry["level"] in ("WARNING", "SEVERE")]
        return [entry["message"] for entry in self._seen if not any(h in entry["message"] for h in HARMLESS)]

    def resources(self):
        """Addresses of all that the page loaded beside itself."""
        return self.script("return performance.getEntriesByType('resource').map(entry => entry.name)")

    def screenshot(self, name):
        """Keeps a picture of the page; its path."""
        os.makedirs(SCREENSHOTS, exist_ok=True)
        path = os.path.join(SCREENSHOTS, name + ".png")
        if not self._driver.save_screenshot(path) or os.path.getsize(path) == 0:
            raise AssertionError(f"no screenshot at {path}")
        return path

    def close(self):
        self._driver.quit()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
