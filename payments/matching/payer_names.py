"""Which customer is it, by the name the bank prints? Names without what does not tell them apart. Pure.

Case, accents, punctuation and legal forms fall away; banks cut names after 27 to 35 characters. A name alone never
posts: it needs an amount that fits one way only.
"""

import re
import unicodedata
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from uuid import UUID

from rapidfuzz import fuzz, process

LEAST_CUT = 10
"""A name cut off by the bank is believed when this many characters are left of it, and one customer fits."""

ALIKE = 88
"""From this likeness on (0 … 100, `rapidfuzz.fuzz.ratio`) two names in one block are shown as alike."""

LARGEST_BLOCK = 2_000
"""Names that begin with a word as many others do are not compared one by one."""

MOST_ALIKE = 3

_LEGAL_FORMS = frozenset(
    """
    AB AG AKTIENGESELLSCHAFT ANS APS AS ASA AVV BHD BV BVBA CA CIE CO COMPANY CORP CORPORATION CV CVBA DA DD DOO EG EI
    EIRL EK EKFM ENK EOOD EPE ETI EU EURL EV EWIV GBR GCV GES GESELLSCHAFT GIE GMBH HB HF IKS IN INC INCORPORATED KB KDA
    KFT KG KGAA KK KS KY LDA LIMITED LIMITADA LLC LLP LP LTD LTDA MBH MBB NV NYRT OE OG OHG OOD OU OY OYJ PC PBC PLC PTE
    PTY RT SA SAPA SARL SAS SASU SC SCA SCE SCI SCL SCOP SCP SCRL SCS SD SDN SE SELARL SENC SIA SK SL SLL SLNE SLP SLU
    SNC SOC SOCIEDAD SOCIETE SP SPA SPJ SPK SPRL SPZOO SRL SRLS SRO STE TOV UAB UG US VOF ZAO ZOO ZRT
    """.split()  # noqa: SIM905
)
_TITLES = frozenset(
    """
    AND DON DONA E ET FA FIRMA FRAU HERR MADAME MESSRS MME MONSIEUR MR MRS MS SIG SR SRA THE UND Y
    """.split()  # noqa: SIM905
)
_WRITTEN_OUT = str.maketrans({"Æ": "AE", "Œ": "OE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "ẞ": "SS"})
_SAME_FORM = {
    "LIMITED": "LTD", "INCORPORATED": "INC", "CORPORATION": "CORP", "COMPANY": "CO", "AKTIENGESELLSCHAFT": "AG",
    "LIMITADA": "LTDA", "SLU": "SL", "SAU": "SA", "SASU": "SAS", "SRLS": "SRL", "EKFM": "EK",
}  # fmt: skip
"""Legal forms written out, and those of a single owner, which comes and goes with the same firm."""
_UMLAUTS = re.compile(r"([AOU])E")
_SPELLED = re.compile(r"\b[A-Z](?: [A-Z])+\b")
_ELISION = re.compile(r"\b([DL]) (?=[A-Z]{2})")
_WORD = re.compile(r"[^\W_]+")


def plain_name(name: str) -> str:
    """`Vegafoods Ibérica, S.L.` → `VEGAFOODS IBERICA`, `Müller GmbH` and `MUELLER` → `MULLER`: a key, not for reading.

    Empty when nothing but a legal form is left.
    """
    return _parts(name)[0]


def legal_forms(name: str) -> frozenset[str]:
    """The legal forms a name states: `{"GMBH", "KG"}`."""
    return _parts(name)[1]


@lru_cache(maxsize=16384)
def _parts(name: str) -> tuple[str, frozenset[str]]:
    words = _words(name)
    stated = frozenset([word for word in words[1:] if word in _LEGAL_FORMS])
    kept = [word for place, word in enumerate(words) if place == 0 or word not in stated]
    forms = frozenset([_SAME_FORM.get(word, word) for word in stated])
    if not kept or (len(kept) == 1 and kept[0] in _LEGAL_FORMS):
        return "", forms
    return _UMLAUTS.sub(r"\1", " ".join(kept)), forms


def _words(name: str) -> list[str]:
    letters = name.upper() if name.isascii() else _in_ascii(name)
    spaced = " ".join(_WORD.findall(letters))
    joined = _ELISION.sub(r"\1", _SPELLED.sub(lambda spelled: spelled[0].replace(" ", ""), spaced))
    return [word for word in joined.split() if word not in _TITLES]


def _in_ascii(name: str) -> str:
    return _without_accents(unicodedata.normalize("NFKD", name.upper().translate(_WRITTEN_OUT)))


def _without_accents(text: str) -> str:
    return "".join(letter for letter in text if not unicodedata.combining(letter))


@dataclass(slots=True)
class Names:
    """The customers' names, ready to be looked up."""

    by_name: dict[str, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    by_first_word: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    forms: dict[UUID, frozenset[str]] = field(default_factory=dict)
    unread: Iterable[tuple[UUID, str]] = ()
    _in_order: list[str] | None = None

    def read(self) -> None:
        """Takes in the `unread`: not before the first name is asked for, which may be never."""
        unread, self.unread = self.unread, ()
        for customer_id, name in unread:
            self.add(customer_id, name)

    def add(self, customer_id: UUID, name: str) -> None:
        """Remembers a customer. Two customers may share a name; then it tells neither."""
        plain = plain_name(name)
        if not plain:
            return
        self._in_order = None
        if plain not in self.by_name:
            self.by_first_word[plain.split(" ", 1)[0][:5]].append(plain)
        if customer_id not in self.by_name[plain]:
            self.by_name[plain].append(customer_id)
            self.forms[customer_id] = legal_forms(name)

    def named(self, name: str) -> tuple[UUID, ...]:
        """The customers of exactly this name, or of the only name this one is a beginning of. Of several with one
        name, the one with the legal form stated."""
        plain = plain_name(name)
        if not plain:
            return ()
        self.read()
        if plain in self.by_name:
            found = self.by_name[plain]
            stated = legal_forms(name)
            same = [each for each in found if stated and self.forms[each] == stated]
            return tuple(same if len(same) == 1 else found)
        whole = self._cut_from(plain) if len(plain) >= LEAST_CUT else []
        return tuple(self.by_name[whole[0]]) if len(whole) == 1 else ()

    def has_other_form(self, customer_id: UUID, name: str) -> bool:
        """Both names state a legal form, and not the same: `Kastmotor GmbH` is not Kastmotor Ltd."""
        own, stated = self.forms.get(customer_id, frozenset()), legal_forms(name)
        return bool(own and stated and own.isdisjoint(stated))

    def _cut_from(self, plain: str) -> list[str]:
        """The first two names that begin so."""
        if self._in_order is None:
            self._in_order = sorted(self.by_name)
        place = bisect_left(self._in_order, plain)
        return [other for other in self._in_order[place : place + 2] if other.startswith(plain)]

    def alike(self, name: str) -> Iterator[UUID]:
        """Customers whose names resemble it, best first: for suggestions, never for posting."""
        self.read()
        plain = plain_name(name)
        block = self.by_first_word.get(plain.split(" ", 1)[0][:5], []) if plain else []
        if len(block) > LARGEST_BLOCK:
            return
        for other, _, _ in process.extract(plain, block, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=MOST_ALIKE):
            yield from self.by_name[other]
