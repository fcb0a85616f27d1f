"""What interrupts, crashes and restarts leave behind, beside what the checks ask of any kernel."""

import time

import pytest
from session import below, is_running

def test_what_waits_is_stopped_when_it_goes_on(shared):
    shared.run("1")
    code = (
        "async function ticks() {\n"
        "  console.log('begun')\n"
        "  try { while (true) { await new Promise((r) => setTimeout(r, 3000)); console.log('tick') } }\n"
        "  finally { console.log('left'); globalThis.isGone = true }\n}\n"
        "await ticks()"
    )
    assert shared.run(code, during=shared.interrupt, marker="begun").reply["ename"] == "KeyboardInterrupt"
    waiting = "while (!globalThis.isGone) await new Promise((r) => setTimeout(r, 100))"
    assert shared.run(waiting).text() == "left\n"


def test_interrupt_refuses_waiting_cells(shared):
    second = []

    def interrupt_with_a_cell_behind():
        second.append(shared.client.execute("2"))
        time.sleep(0.5)
        shared.interrupt()

    code = "console.log('begun'); await new Promise(() => {})"
    first = shared.run(code, during=interrupt_with_a_cell_behind, marker="begun")
    assert first.reply["status"] == "error"
    assert shared.reply(second[0])["status"] == "aborted"


def test_interrupt_of_a_question(shared):
    request = shared.client.execute("await input('name? ')", allow_stdin=True)
    shared.client.get_stdin_msg(timeout=10)
    shared.interrupt()
    assert shared.reply(request)["ename"] == "KeyboardInterrupt"
    assert shared.run("1").result == "1"


def test_contexts_are_reset_by_an_interrupt(shared):
    shared.run('import { NNsight, nn, tensor } from "nnsight-ts"; const m = new NNsight(new nn.Linear(2, 3))')
    code = "{ await using tracer = m.trace(tensor([[1, 2]])); while (true) {} }"
    assert shared.run(code, during=shared.interrupt).reply["ename"] == "KeyboardInterrupt"
    outcome = shared.run("{ await using tracer = m.trace(tensor([[1, 2]])); var out = m.output.save(); }\nout.shape")
    assert outcome.result == "[ 1, 3 ]"


def test_native_code_that_does_not_return_is_ended_by_the_second_interrupt(fresh):
    fresh.run("const before = 1")
    request = fresh.client.execute(
        "console.log('begun'); await new Promise((go) => setTimeout(go, 50)); require('node:child_process').spawnSync('sleep', ['60'])"
    )

    def told():
        while True:
            message = fresh.client.get_iopub_msg(timeout=20)
            if message["msg_type"] == "stream":
                return message["content"]["text"]

    assert "begun" in told()
    time.sleep(0.5)
    fresh.interrupt()
    assert "inside native code" in told()
    fresh.interrupt()
    assert "the second interrupt" in fresh.reply(request)["evalue"]
    assert fresh.run("2").result == "2"


def test_interrupt_while_idle(shared):
    shared.interrupt()
    time.sleep(0.3)
    assert shared.run("1").result == "1"


@pytest.mark.parametrize(
    ("code", "how"),
    [("process.exit(3)", "exit code 3"), ("process.kill(process.pid, 'SIGSEGV'); await new Promise(() => {})", "SIGSEGV")],
)
def test_crash(fresh, code, how):
    fresh.run("const before = 1")
    outcome = fresh.run(f"console.log('last words'); {code}")
    assert outcome.reply["ename"] == "UserProcessEnded" and how in outcome.reply["evalue"]
    after = fresh.run("2")
    assert after.result == "2" and "Variables of earlier cells are gone" in after.text("stderr")
    assert "It was lost when the user process ended" in fresh.run("before").traceback
    assert fresh.run("const before = 2; before").result == "2"


def test_crash_between_cells(fresh):
    fresh.run("setTimeout(() => process.exit(4), 50); 1")
    time.sleep(0.6)
    assert "exit code 4" in fresh.run("2").text("stderr")


def test_shutdown_and_restart(fresh):
    fresh.run("const before = 1")
    fresh.manager.restart_kernel(now=False)
    fresh.client.wait_for_ready(timeout=60)
    assert "Cannot find name 'before'" in fresh.run("before").traceback
    reply = fresh.ask("shutdown_request", {"restart": True}, channel="control")
    assert reply == {"status": "ok", "restart": True}
    assert wait_until(lambda: not fresh.manager.is_alive())


def test_shutdown_on_shell_during_a_loop(fresh):
    fresh.client.execute("while (true) {}")
    time.sleep(0.5)
    user = below(fresh.pid)
    assert fresh.ask("shutdown_request", {"restart": False})["status"] == "ok"
    assert wait_until(lambda: not any(map(is_running, user)))


def wait_until(condition, timeout=10):
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False
