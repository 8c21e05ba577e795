"""`make demo`: server and campus with an example exam, until Ctrl-C."""

import os
import signal
import sys
from contextlib import ExitStack

from ops.demo.installation import (
    Installation,
    PortUnusableError,
    data_directory,
    installation_under,
    refuse_taken_ports,
)
from ops.demo.seed import SeedFailedError, seed
from ops.demo.services import Service, ServiceFailedError, running
from ops.demo.steps import steps
from ops.demo.window import may_open, open_windows
from ops.dev.build import OUTPUT
from ops.dev.stamps import ROOT

STOPPING = (signal.SIGTERM, signal.SIGHUP)


def main() -> None:
    """Start, say what to do, and wait."""
    for number in STOPPING:
        signal.signal(number, signal.default_int_handler)
    try:
        installation = installation_under(data_directory("make demo"), os.environ)
        refuse_taken_ports(installation)
        _run(installation)
    except (PortUnusableError, SeedFailedError, ServiceFailedError, FileNotFoundError) as error:
        sys.exit(f"demo: {error}")
    except KeyboardInterrupt:
        _tell("ended. Everything is kept; `make demo-reset` forgets it.")


def _run(installation: Installation) -> None:
    seed(installation, _tell)
    _tell("starting server and campus …")
    with running(installation) as services, ExitStack() as stack:
        is_open = may_open(os.environ)
        if is_open:
            _tell("opening a browser for the instructor and one for the student …")
            stack.enter_context(open_windows(installation))
        print(steps(installation, OUTPUT.relative_to(ROOT), is_open=is_open), flush=True)
        try:
            _wait_for_the_end(services)
        except KeyboardInterrupt:
            _tell("ending …")
            raise


def _wait_for_the_end(services: tuple[Service, Service]) -> None:
    """Nothing more to do than to notice a death: the first child that ends is one too many."""
    by_process = {service.process.pid: service for service in services}
    while True:
        pid, _ = os.wait()
        if dead := by_process.get(pid):
            raise dead.failed("ended")


def _tell(what: str) -> None:
    print(f"\ndemo: {what}" if what == "ending …" else f"demo: {what}", flush=True)


if __name__ == "__main__":
    main()
