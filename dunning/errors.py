"""What dunning refuses."""

from core.errors import NotFound, Refused


class NoSuchPolicy(NotFound):
    def __init__(self, name: str) -> None:
        super().__init__(f"There is no dunning policy “{name}”.")


class NoSuchRun(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such dunning run.")


class NoSuchNotice(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such notice.")


class NoSuchHold(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such hold, or it is over.")


class AlreadyApproved(Refused):
    def __init__(self, number: int) -> None:
        super().__init__(f"Run {number} was approved already.")


class TooLateToDrop(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This notice is {state}; it can no longer be dropped.")


class NotInDoubt(Refused):
    def __init__(self) -> None:
        super().__init__("Only a notice whose sending is in doubt can be settled by hand.")


class NotToBeRepeated(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This notice is {state}; only one that was refused, put off or is in doubt is sent again.")


class NoSuchFinalStep(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such final step.")


class FinalStepOver(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This final step is {state.replace('_', ' ')} already; that cannot be done to it any more.")


class NothingToHandOver(Refused):
    def __init__(self) -> None:
        super().__init__("Nothing of it stands now: it is paid, covered by credits, disputed, promised or held.")


class NotEditable(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This notice is {state}; it can be changed while it waits for approval.")


class NotByHand(Refused):
    """A notice that is not to be printed, posted or ticked off now."""

    def __init__(self, said: str) -> None:
        super().__init__(said)


class NoPrintFile(NotFound):
    def __init__(self) -> None:
        super().__init__(
            "No print file of this run was made yet. Make it first: it holds what may be posted at that moment."
        )


class NoSuchPromise(NotFound):
    def __init__(self) -> None:
        super().__init__("There is no such promise, or it is over.")


class PromiseRunning(Refused):
    def __init__(self) -> None:
        super().__init__("There is an open promise for this item already.")


class UnderPlan(Refused):
    def __init__(self, invoice: str, plan: int) -> None:
        super().__init__(f"{invoice} is under payment plan {plan}; its instalments are what was promised.")


class PromisedTooOften(Refused):
    def __init__(self, invoice: str, before: int) -> None:
        super().__init__(
            f"{invoice} was promised {before} times already, and more is not taken; agree a payment plan instead."
        )


class TooManyPromises(Refused):
    def __init__(self, waiting: int) -> None:
        super().__init__(f"{waiting} promises of this customer are open already; wait for them before another.")
