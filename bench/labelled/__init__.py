"""A labelled set for search: made-up incidents in three languages, and questions whose answers are known.

`make_set(seed, …)` is the same for the same seed. Its faults are those of people: typing faults, other words for the
same thing, another order, other letter forms, half of it forgotten. The words it puts in the place of others are not in
`services/analytics/words/concepts.txt` (a test holds that), so that the file is not measured by itself.
"""
