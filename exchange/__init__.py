"""What other programs are told: the feed of changes, and the webhooks that read it for them.

A change is written down in the transaction that makes it and numbered in the order of the commits. Whoever keeps the
number of the last one they saw never misses one. A webhook is a reader whose place we keep.
"""
