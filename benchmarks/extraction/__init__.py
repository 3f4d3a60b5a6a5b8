"""Extraction against pages with truth: `python -m benchmarks.extraction FOLDER`.

    truth      pages and what a careful reader finds on them, from folders of saved pages
    sample     the sample newsroom as such pages
    scoring    precision, recall and F1 over 4-gram shingles, bootstrap, exact text, fields, furniture left
    tools      our two paths, and the libraries they are measured beside
    measure    every tool over every page, then timed passes
    table      what was measured, for a person and as JSON

Nothing here is read from, or written into, the project: pages stay where they are.
"""
