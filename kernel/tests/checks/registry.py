"""What a check is: a claim about any kernel, written once and run on each."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Check:
    name: str
    group: str
    title: str
    run: Callable
    #: The snippets it needs; a kernel whose dialect lacks one cannot do it.
    needs: tuple
    #: It ends the kernel, or may.
    harms: bool
    #: Environment variables of the kernel.
    environment: dict


CHECKS: list[Check] = []


def check(group, title, *, needs=(), harms=False, environment=None):
    def register(function):
        CHECKS.append(Check(function.__name__, group, title, function, needs, harms, environment or {}))
        return function

    return register
