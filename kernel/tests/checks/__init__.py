"""Checks that run on any Jupyter kernel; the matrix in docs/kernel.md is made of them."""

from . import testbed, messages, stopping, trouble  # noqa: F401, I001  in the order of the matrix
from .dialects import IPYKERNEL, NNSIGHT, TSLAB  # noqa: F401
from .registry import CHECKS, Check  # noqa: F401
