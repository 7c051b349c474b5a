"""The balance proof of a statement: opening + Σ entries = closing, or it says by how much not. Pure."""

from core.money import decimal_text


def imbalance(opening: int | None, entry_sum: int, closing: int | None) -> int | None:
    """closing − (opening + Σ); 0 when it ties, None when the statement names no two balances."""
    if opening is None or closing is None:
        return None
    return closing - opening - entry_sum


def imbalance_sentence(difference: int, currency: str) -> str:
    """Why the statement is held back, for the person who decides."""
    return (
        f"Opening balance plus entries misses the closing balance by {decimal_text(difference, currency)} {currency}. "
        "An entry is missing, doubled or has the wrong sign."
    )


def lone_balance(opening: int | None, closing: int | None) -> str | None:
    """What to say of a statement that names only one of its two balances: it proves nothing."""
    if (opening is None) == (closing is None):
        return None
    named, missing = ("a closing", "opening") if opening is None else ("an opening", "closing")
    return f"The statement names {named} balance but no {missing} balance, so its entries prove nothing."
