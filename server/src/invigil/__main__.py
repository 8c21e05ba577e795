"""`python -m invigil`: the command line."""

from invigil.cli import main

main()
