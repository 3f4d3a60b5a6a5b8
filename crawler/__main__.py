"""`python -m crawler` is `cas-archive`."""

from crawler.cli import main

main()
