"""The interrupt ladder: whatever a cell does, it can be stopped, and its variables stay."""

import time

from .registry import check

GROUP = "Interrupts; variables survive"

CASES = (
    "endless loop",
    "pending await",
    "loop after an await",
    "loop in a timer",
    "microtask loop",
    "blocked thread",
    "runaway regular expression",
)


def stops(kernel, say, code):
    kernel.run(say.keep)
    outcome = kernel.run(code, during=kernel.interrupt, timeout=8)
    assert outcome.status == "error"
    time.sleep(0.5)  # Some kernels refuse what comes at once.
    assert kernel.run(say.kept[0], timeout=8).shown == say.kept[1]


def add(case):
    def stop(kernel, say):
        stops(kernel, say, say[case])

    stop.__name__ = f"interrupt_{case.replace(' ', '_')}"
    check(GROUP, case, needs=(case,), harms=True)(stop)


for case in CASES:
    add(case)


@check(GROUP, "native call of 3 s: control answers meanwhile, heartbeat beats", needs=("native call of 3 s",))
def native_call(kernel, say):
    request = kernel.client.execute(say["native call of 3 s"])
    time.sleep(0.7)
    kernel.ask("kernel_info_request", channel="control")
    assert kernel.beats()
    # The cell's reply has not come yet: what was asked after it was answered before it.
    assert not kernel.has_reply(request)
    assert kernel.reply(request)["status"] == "ok"


@check(GROUP, "native call of 3 s: stops when it returns", needs=("native call of 3 s",), harms=True)
def native_call_interrupted(kernel, say):
    stops(kernel, say, say["native call of 3 s"] + "\n" + say["endless loop"])
