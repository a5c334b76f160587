"""`python -m tapetum` is the `tapetum` command."""

from tapetum.cli import main

main()
