"""The shipped tables of late-payment law, for tests."""

import json
from pathlib import Path
from typing import Any

from dunning.regimes import Regimes, name_of

ROOT = Path(__file__).resolve().parents[1]
SHIPPED: list[dict[str, Any]] = [
    json.loads(path.read_text("utf-8"))
    for folder in ("rates", "interest")
    for path in sorted((ROOT / "config" / folder).glob("*.json"))
]
REGIMES = Regimes.of({name_of(body): (1, body) for body in SHIPPED})
