"""Cash application, the deciding part: a `Receipt` and a `Book` in, an `Answer` out. Pure.

`ladder.match` is the way in. Its rungs: `by_number` (what the payer names), `by_payer` (who pays, and what of the
account the amount makes up, by `combinations`). `differences` says what becomes of an amount that does not fit.
"""
