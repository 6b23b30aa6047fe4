"""Every incident, page and action item as a row of numbers in memory, which each report computes its figures from.

`TableUpkeep.ask(compute, …)` calls `compute(table, …)` beside the event loop, with all that was written a moment ago.
In it `select_rows(table, wanted)` gives the rows of the incidents that count (drills and merged ones are never among
them) and were created in [begin, end); `table.incidents["created"][rows]` and the other columns of `INCIDENT_COLUMNS`
are what figures are made of: instants are whole milliseconds since 1970 (`NEVER` where there is none), texts are codes
of `table.texts`. `downtime` says what counts as a failure, and unites what overlaps.

Does I/O: `upkeep`.
"""
