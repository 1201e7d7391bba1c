"""A Chromium without a window, driven by selenium: what it shows, what it asks for, what it complains of."""

import base64
import json
import shutil
from importlib import resources
from importlib.util import find_spec

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
MISSING = [
    name
    for name, found in (
        ("chromium", CHROMIUM),
        ("chromedriver (Debian's chromium-driver)", DRIVER),
        ("selenium", find_spec("selenium")),
        ("axe_core_python", find_spec("axe_core_python")),
    )
    if not found
]
WHY_NOT = f"no browser: {', '.join(MISSING)} missing" if MISSING else ""
"""Why there is none, as .ci/run looks for it; empty where there is one."""


class Browser:
    def __init__(self):
        from selenium.webdriver import Chrome, ChromeOptions
        from selenium.webdriver.chrome.service import Service

        options = ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = Chrome(options=options, service=Service(DRIVER))
        self.run = self.driver.execute_script

    def close(self):
        self.driver.quit()

    def command(self, name, **parameters):
        return self.driver.execute_cdp_cmd(name, parameters)

    def open(self, path, *, width=1100, scheme="light", medium=""):
        """Show a page; what was said of others is forgotten."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.command("Emulation.setEmulatedMedia", media=medium, features=features)
        self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=800,
            deviceScaleFactor=1,
            mobile=width < 500,
        )
        self.complaints(), self.requests()
        self.driver.get(path.as_uri())

    def complaints(self):
        """Return what the console says since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """Return the addresses that were asked for since the last call."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        ]

    def violations(self):
        """Return what axe-core finds wrong for those who do not see the page, or see little of it."""
        self.run((resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8"))
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run().then(found => done(found.violations));"
        )
        return [(each["id"], [node["html"][:100] for node in each["nodes"]]) for each in found]

    def picture(self, *, height, section=0):
        """Return what is shown as a PNG file: so many pixels from the top, or from one of the sections."""
        top = self.run(
            "const section = document.querySelectorAll('section')[arguments[0] - 1];"
            "return section ? section.getBoundingClientRect().top + scrollY : 0",
            section,
        )
        width, whole = self.run("return [innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": top, "width": width, "height": min(whole - top, height), "scale": 1}
        shown = self.command("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        return base64.b64decode(shown["data"])
