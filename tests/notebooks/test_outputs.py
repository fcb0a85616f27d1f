"""The comparison of outputs itself."""

import pytest
from outputs import difference


@pytest.mark.parametrize(
    ("now", "committed"),
    [
        ("shape [1, 5], mean 0.12341", "shape [1, 5], mean 0.12345"),
        ("norm 71234.9", "norm 71235.1"),
        ("[ 0.10, -0.20 ]", "[  0.10,  -0.20 ]"),
        ("-0.00001", "0.00001"),
        ("layers.3.output_0", "layers.3.output_0"),
    ],
)
def test_equal(now, committed):
    assert difference(now, committed) is None


@pytest.mark.parametrize(
    ("now", "committed"),
    [("mean 0.124", "mean 0.123"), ("Paris", "Rome"), ("1 2", "1"), ("layers.3.output", "layers.4.output")],
)
def test_different(now, committed):
    assert difference(now, committed)
