"""Runs that nobody starts: what is due by source and mode, and who starts it.

    due        what is due: ledger and timetable held against the time; pure
    crawl      one crawl in a process of its own
    lock       no two schedules run the same source
    rounds     everything that is due, one crawl after another; again and again
    report     how it reads
    install    units of systemd, lines for cron

A plain loop over what is due next, and no scheduling library: when a run is due again depends on how the last
one ended, which the ledger knows and a trigger does not; and nothing is lost when the loop is killed.
"""
