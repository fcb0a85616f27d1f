"""The finer points of protocol 5.5."""

import time

from .registry import check

EXECUTE = "Execution"
BESIDE = "Beside execution"


@check(EXECUTE, "`silent` shows no value and counts nothing")
def silent(kernel, say):
    count = kernel.run(say.assign).reply["execution_count"]
    outcome = kernel.run(say.expression, silent=True)
    assert outcome.status == "ok" and outcome.outputs == []
    assert kernel.run(say.assign).reply["execution_count"] == count + 1


@check(EXECUTE, "`silent` publishes no printed text")
def silent_text(kernel, say):
    outcome = kernel.run(say.hello, silent=True)
    assert outcome.status == "ok" and outcome.outputs == []


@check(EXECUTE, "`store_history: false` counts nothing")
def store_history(kernel, say):
    count = kernel.run(say.assign).reply["execution_count"]
    kernel.run(say.assign, store_history=False)
    assert kernel.run(say.assign).reply["execution_count"] == count + 1


@check(EXECUTE, "`user_expressions`, with their errors")
def user_expressions(kernel, say):
    kernel.run(say.keep)
    asked = {"a": say.kept[0], "b": say.missing}
    found = kernel.run(say.assign, user_expressions=asked).reply["user_expressions"]
    assert found["a"]["data"]["text/plain"] == say.kept[1]
    assert found["b"]["status"] == "error"


@check(EXECUTE, "an error has name, value and traceback, in `error` and in the reply")
def error(kernel, say):
    outcome = kernel.run(say["throw"])
    (published,) = outcome.of("error")
    for told in (published, outcome.reply):
        assert (told["ename"], told["evalue"]) == (say.error_name, "mine")
        assert isinstance(told["traceback"], list) and told["traceback"] != []


@check(EXECUTE, "cells that wait are aborted after an error")
def aborted(kernel, say):
    codes = (say.assign, say["throw"], say.assign, say.assign)
    requests = [kernel.client.execute(code) for code in codes]
    assert [kernel.reply(request)["status"] for request in requests] == ["ok", "error", "aborted", "aborted"]
    time.sleep(0.5)


@check(EXECUTE, "`stop_on_error: false` lets them run")
def stop_on_error(kernel, say):
    requests = [kernel.client.execute(code, stop_on_error=False) for code in (say["throw"], say.assign)]
    assert [kernel.reply(request)["status"] for request in requests] == ["error", "ok"]


@check(EXECUTE, "`allow_stdin: false` makes a question an error", needs=("input",))
def allow_stdin(kernel, say):
    outcome = kernel.run(say.input, allow_stdin=False)
    assert outcome.status == "error"


@check(EXECUTE, "clear_output", needs=("clear",))
def clear_output(kernel, say):
    assert kernel.run(say.clear).of("clear_output") == [{"wait": False}]


@check(EXECUTE, "a page beside the outputs", needs=("page",))
def page(kernel, say):
    (payload,) = kernel.run(say.page).reply["payload"]
    assert payload["source"] == "page" and payload["data"]["text/plain"] != ""


@check(BESIDE, "control answers while a cell computes")
def control_while_busy(kernel, say):
    request = kernel.client.execute(say.loop_for(2))
    time.sleep(0.5)
    began = time.monotonic()
    kernel.ask("kernel_info_request", channel="control")
    took = time.monotonic() - began
    assert kernel.beats()
    assert kernel.reply(request)["status"] == "ok" and took < 1


@check(BESIDE, "completion answers while a cell waits")
def complete_while_waiting(kernel, say):
    kernel.run(say.completion_setup)
    request = kernel.client.execute(say.wait(2))
    time.sleep(0.5)
    began = time.monotonic()
    code = say.completion_prefix
    reply = kernel.ask("complete_request", {"code": code, "cursor_pos": len(code)})
    took = time.monotonic() - began
    assert kernel.reply(request)["status"] == "ok"
    assert say.completion_name in reply["matches"] and took < 1.2


@check(BESIDE, "completion answers while a cell computes")
def complete_while_busy(kernel, say):
    kernel.run(say.completion_setup)
    request = kernel.client.execute(say.loop_for(2))
    time.sleep(0.5)
    began = time.monotonic()
    code = say.completion_prefix
    reply = kernel.ask("complete_request", {"code": code, "cursor_pos": len(code)})
    took = time.monotonic() - began
    assert kernel.reply(request)["status"] == "ok"
    assert say.completion_name in reply["matches"] and took < 1.2


@check(BESIDE, "cursor positions count code points")
def code_points(kernel, say):
    kernel.run(say.completion_setup)
    code, start, end = say.emoji_completion
    reply = kernel.ask("complete_request", {"code": code, "cursor_pos": len(code)})
    assert (reply["cursor_start"], reply["cursor_end"]) == (start, end)


@check(BESIDE, "is_complete knows invalid code")
def is_complete_invalid(kernel, say):
    assert kernel.ask("is_complete_request", {"code": say.invalid})["status"] == "invalid"


@check(BESIDE, "history by range, with outputs")
def history_range(kernel, say):
    count = kernel.run(say.expression).reply["execution_count"]
    asked = {"hist_access_type": "range", "session": 0, "start": count, "stop": count + 1, "output": True, "raw": True}
    ((_, number, (code, output)),) = kernel.ask("history_request", asked)["history"]
    assert (number, code, output) == (count, say.expression, "2")


@check(BESIDE, "every further client is welcomed, too")
def welcome_of_all(kernel, say):
    assert kernel.welcomes()


@check(BESIDE, "usage_request")
def usage(kernel, say):
    reply = kernel.ask("usage_request", {}, channel="control")
    assert reply["kernel_memory"] > 10e6 and reply["cpu_count"] >= 1


@check(BESIDE, "comms with buffers and metadata", needs=("comm_setup",))
def comm_buffers(kernel, say):
    kernel.run(say.comm_setup)
    kernel.tell("comm_open", {"comm_id": "m1", "target_name": "checks", "data": {}})
    ((kind, sent),) = kernel.tell("comm_msg", {"comm_id": "m1", "data": {"a": 1}}, {"m": 2}, [b"\x01\x02"], whole=True)
    assert kind == "comm_msg" and sent["content"]["data"] == {"a": 1} and sent["metadata"]["m"] == 2
    assert [bytes(part) for part in sent["buffers"]] == [b"\x01\x02"]


@check(BESIDE, "comms are handled while a cell waits", needs=("comm_setup",))
def comm_while_waiting(kernel, say):
    kernel.run(say.comm_setup)
    kernel.tell("comm_open", {"comm_id": "m2", "target_name": "checks", "data": {}})
    request = kernel.client.execute(say.wait(2))
    time.sleep(0.5)
    began = time.monotonic()
    answers = kernel.tell("comm_msg", {"comm_id": "m2", "data": {}})
    took = time.monotonic() - began
    assert kernel.reply(request)["status"] == "ok"
    assert [kind for kind, _ in answers] == ["comm_msg"] and took < 1.2


@check(BESIDE, "`restart` is echoed on shutdown", harms=True)
def shutdown_restart(kernel, say):
    assert kernel.ask("shutdown_request", {"restart": True}, channel="control")["restart"] is True
