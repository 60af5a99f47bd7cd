"""`python -m marketplace` is the `bazargah` command."""

from marketplace.app import main

main()
