"""`make demo-reset`: forget everything the demo stored, on whichever ports it ran."""

import shutil
import sys

from ops.demo.installation import (
    PortUnusableError,
    data_directory,
    installation_under,
    refuse_taken_ports,
)


def main() -> None:
    """Delete what all demos kept, unless one of them still runs."""
    directory = data_directory("make demo-reset")
    kept = sorted(directory.iterdir()) if directory.exists() else []
    for each in kept:
        port, _, campus_port = each.name.partition("-")
        try:
            refuse_taken_ports(
                installation_under(directory, {"PORT": port, "CAMPUS_PORT": campus_port})
            )
        except PortUnusableError:
            sys.exit(f"demo-reset: the demo on port {port} still runs. End it with Ctrl-C first.")
    shutil.rmtree(directory, ignore_errors=True)
    print("demo-reset: nothing is kept any more." if kept else "demo-reset: nothing was kept.")
    if kept:
        print(
            "The next demo has new keys. A browser of your own that knew the old ones"
            " will warn of them: remove the extension there and load it again."
        )


if __name__ == "__main__":
    main()
