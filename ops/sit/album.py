"""What happened when, with a picture of each step."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from playwright.sync_api import Error, Page

from ops.sit.screen import Screen


@dataclass(frozen=True)
class Step:
    """One step of a sitting: when it began, and how long it took."""

    number: int
    name: str
    at_ms: int
    duration_ms: int
    picture: str


class Album:
    """Steps in their order; pictures are numbered like them."""

    def __init__(self, folder: Path, inspect: Callable[[str, Page], None] | None = None) -> None:
        """`inspect` is shown each page that a picture is taken of, with the step's name."""
        self._folder = folder
        self._inspect = inspect
        self._steps: list[Step] = []
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def steps(self) -> list[dict[str, object]]:
        return [asdict(step) for step in self._steps]

    @contextmanager
    def step(self, name: str, page: Page) -> Iterator[None]:
        """Time the block and take the picture of what it led to, of a failure too."""
        at_ms, begun = time.time_ns() // 1_000_000, time.perf_counter()
        print(f"sit: {name} …", flush=True)
        try:
            yield
        except BaseException:
            self._note(f"{name} failed", page, at_ms, begun)
            raise
        self._note(name, page, at_ms, begun)
        if self._inspect is not None:
            self._inspect(name, page)

    def picture(self, name: str, page: Page) -> None:
        """Take a picture in the middle of a step."""
        self._note(name, page, time.time_ns() // 1_000_000, time.perf_counter())
        if self._inspect is not None:
            self._inspect(name, page)

    def screen_picture(self, name: str, screen: Screen) -> None:
        """Take a picture of the whole screen: what the browser itself shows is in no page's."""
        number = len(self._steps) + 1
        picture = _file_name(number, name)
        screen.save_picture(self._folder / picture)
        self._steps.append(Step(number, name, time.time_ns() // 1_000_000, 0, picture))

    def _note(self, name: str, page: Page, at_ms: int, begun: float) -> None:
        duration_ms = round((time.perf_counter() - begun) * 1000)
        number = len(self._steps) + 1
        picture = _file_name(number, name)
        try:
            page.screenshot(path=self._folder / picture)
        except Error:
            picture = ""  # the page went away: the step is what counts
        self._steps.append(Step(number, name, at_ms, duration_ms, picture))


def _file_name(number: int, name: str) -> str:
    return f"{number:02}-{''.join(c if c.isalnum() else '-' for c in name.lower())}.png"
