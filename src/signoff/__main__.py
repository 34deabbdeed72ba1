"""`python -m signoff` is the command `signoff`."""

from signoff.cli.main import main

main()
