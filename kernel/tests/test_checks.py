"""Every check of the matrix, on this kernel. The matrix of docs/kernel.md runs the same on tslab and ipykernel."""

import pytest
from checks import CHECKS, NNSIGHT
from session import Session


@pytest.mark.parametrize("check", [pytest.param(check, id=check.name) for check in CHECKS])
def test_check(check, request, folder):
    assert not [snippet for snippet in check.needs if snippet not in NNSIGHT]
    if check.harms:
        with Session(folder, environment=check.environment) as kernel:
            check.run(kernel, NNSIGHT)
    else:
        check.run(request.getfixturevalue("shared"), NNSIGHT)
