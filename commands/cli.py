"""The command line, put together: every group of commands, over a system that is built when a command runs."""

import functools
from collections.abc import Callable
from inspect import signature as signature_of
from typing import Any, TypeVar

import typer

from commands import cash, collect, data, demo, desk_commands, exports, inspect, interest, keeping, machine, merging
from commands.output import refuse
from commands.system import System
from core.errors import CollectionsError

F = TypeVar("F", bound=Callable[..., Any])


def build_cli(make: Callable[[], System]) -> typer.Typer:
    """The `main.py` command line; `make` builds the system at the moment a command needs it."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Duecourse: receivables into cash.",
    )
    system = functools.cache(make)
    for group in (data, exports, inspect, interest, cash, collect, desk_commands, merging, machine, keeping, demo):
        group.register(Registrar(app, system))
    return app


class Registrar:
    """Adds commands that take the system as their first argument and answer refusals the same way."""

    def __init__(self, app: typer.Typer, system: Callable[[], System]) -> None:
        self._app, self._system = app, system

    def command(self, name: str, *, group: typer.Typer | None = None) -> Callable[[F], F]:
        def add(function: F) -> F:
            (group or self._app).command(name)(_answering(function, self._system))
            return function

        return add

    def group(self, name: str, about: str) -> typer.Typer:
        made = typer.Typer(no_args_is_help=True, help=about)
        self._app.add_typer(made, name=name)
        return made


def _answering(function: Callable[..., Any], system: Callable[[], System]) -> Callable[..., Any]:
    """The command as typer sees it: without the system argument, refusals turned into exit code 1."""
    signature = signature_of(function)
    parameters = [each for each in signature.parameters.values() if each.name != "system"]

    @functools.wraps(function)
    def command(**given: Any) -> None:
        try:
            function(system(), **given)
        except CollectionsError as error:
            refuse(error, as_json=bool(given.get("as_json")))

    command.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return command
