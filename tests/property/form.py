"""How long the state machines play: the short form in `make test`, the full one with `DUECOURSE_LONG=1`."""

import os

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

IS_LONG = bool(os.environ.get("DUECOURSE_LONG"))
LONG_EXAMPLES, LONG_STEPS = 10_000, 100


def play(machine: type[RuleBasedStateMachine], *, examples: int, steps: int) -> None:
    """Plays a machine: always the same games in the short form, others each time in the full one."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=LONG_EXAMPLES if IS_LONG else examples,
            stateful_step_count=LONG_STEPS if IS_LONG else steps,
            derandomize=not IS_LONG,
            database=None,
            deadline=None,
            # A failing short game is always the same one, so it is not worth minutes of shrinking in every `make test`.
            phases=(Phase.generate, Phase.shrink) if IS_LONG else (Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
