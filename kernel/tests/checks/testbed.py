"""The 27 checks of the kernel testbed (github.com/runtimed/kernel-testbed), written anew with jupyter_client."""

import uuid

from .registry import check

BASIC = "kernel-testbed, tier 1: basic protocol"
INTERACTIVE = "kernel-testbed, tier 2: interactive features"
RICH = "kernel-testbed, tier 3: rich output"
ADVANCED = "kernel-testbed, tier 4: advanced features"


@check(BASIC, "heartbeat_responds")
def heartbeat_responds(kernel, say):
    assert kernel.beats()


@check(BASIC, "iopub_welcome")
def iopub_welcome(kernel, say):
    assert kernel.welcomes_first_client()


@check(BASIC, "kernel_info_reply_valid")
def kernel_info_reply_valid(kernel, say):
    assert kernel.ask("kernel_info_request")["status"] == "ok"


@check(BASIC, "kernel_info_has_language_info")
def kernel_info_has_language_info(kernel, say):
    assert kernel.ask("kernel_info_request")["language_info"]["name"] != ""


@check(BASIC, "kernel_info_has_protocol_version")
def kernel_info_has_protocol_version(kernel, say):
    assert kernel.ask("kernel_info_request")["protocol_version"] != ""


@check(BASIC, "execute_stdout")
def execute_stdout(kernel, say):
    assert "hello" in kernel.run(say.hello).text("stdout")


@check(BASIC, "execute_stderr")
def execute_stderr(kernel, say):
    assert "error" in kernel.run(say.stderr).text("stderr")


@check(BASIC, "execute_reply_ok")
def execute_reply_ok(kernel, say):
    assert kernel.run(say.assign).status == "ok"


@check(BASIC, "status_busy_idle_lifecycle")
def status_busy_idle_lifecycle(kernel, say):
    assert kernel.run(say.assign).states == ["busy", "idle"]


@check(BASIC, "execute_input_broadcast")
def execute_input_broadcast(kernel, say):
    assert [sent["code"] for sent in kernel.run(say.assign).of("execute_input")] == [say.assign]


@check(BASIC, "shutdown_reply", harms=True)
def shutdown_reply(kernel, say):
    assert kernel.ask("shutdown_request", {"restart": False}, channel="control")["status"] == "ok"


@check(INTERACTIVE, "complete_request")
def complete_request(kernel, say):
    kernel.run(say.completion_setup)
    code = say.completion_prefix
    reply = kernel.ask("complete_request", {"code": code, "cursor_pos": len(code)})
    assert reply["status"] == "ok" and say.completion_name in reply["matches"]


@check(INTERACTIVE, "inspect_request")
def inspect_request(kernel, say):
    kernel.run(say.completion_setup)
    code = say.completion_name
    reply = kernel.ask("inspect_request", {"code": code, "cursor_pos": len(code), "detail_level": 0})
    assert reply["status"] == "ok" and reply["found"]


@check(INTERACTIVE, "is_complete_complete")
def is_complete_complete(kernel, say):
    kernel.run(say.hello)  # a kernel that is still loading its compiler says "unknown"
    assert kernel.ask("is_complete_request", {"code": say.assign})["status"] == "complete"


@check(INTERACTIVE, "is_complete_incomplete")
def is_complete_incomplete(kernel, say):
    kernel.run(say.hello)  # a kernel that is still loading its compiler says "unknown"
    assert kernel.ask("is_complete_request", {"code": say.incomplete})["status"] == "incomplete"


@check(INTERACTIVE, "history_request")
def history_request(kernel, say):
    kernel.run(say.hello)
    asked = {"hist_access_type": "tail", "n": 1, "output": False, "raw": True}
    assert [entry[2] for entry in kernel.ask("history_request", asked)["history"]] == [say.hello]


@check(INTERACTIVE, "comm_info_request")
def comm_info_request(kernel, say):
    reply = kernel.ask("comm_info_request", {})
    assert reply["status"] == "ok" and isinstance(reply["comms"], dict)


@check(INTERACTIVE, "error_handling")
def error_handling(kernel, say):
    outcome = kernel.run(say.syntax_error)
    assert outcome.status == "error" and len(outcome.of("error")) == 1


@check(RICH, "display_data", needs=("display",))
def display_data(kernel, say):
    assert kernel.run(say.display).of("display_data")[0]["data"]["text/html"] == "<b>bold</b>"


@check(RICH, "update_display_data", needs=("update",))
def update_display_data(kernel, say):
    outcome = kernel.run(say.update)
    first, second = outcome.of("display_data")[0], outcome.of("update_display_data")[0]
    assert first["transient"]["display_id"] == second["transient"]["display_id"]


@check(RICH, "execute_result")
def execute_result(kernel, say):
    assert kernel.run(say.expression).result == "2"


@check(RICH, "rich_execute_result", needs=("rich_result",))
def rich_execute_result(kernel, say):
    assert kernel.run(say.rich_result).of("execute_result")[0]["data"]["text/html"] == "<b>bold</b>"


@check(ADVANCED, "stdin_input_request", needs=("input",))
def stdin_input_request(kernel, say):
    request = kernel.client.execute(say.input, allow_stdin=True)
    assert kernel.client.get_stdin_msg(timeout=10)["content"]["prompt"] == "Enter: "
    kernel.client.input("Ada")
    assert kernel.reply(request)["status"] == "ok"


@check(ADVANCED, "comms_lifecycle")
def comms_lifecycle(kernel, say):
    comm = {"comm_id": str(uuid.uuid4()), "data": {}}
    for type_, more in (("comm_open", {"target_name": "checks.nobody"}), ("comm_msg", {}), ("comm_close", {})):
        kernel.client.shell_channel.send(kernel.client.session.msg(type_, {**comm, **more}))
    assert kernel.run(say.assign).status == "ok"


@check(ADVANCED, "interrupt_request")
def interrupt_request(kernel, say):
    assert kernel.ask("interrupt_request", {}, channel="control")["status"] == "ok"


@check(ADVANCED, "execution_count_increments")
def execution_count_increments(kernel, say):
    first, second = (kernel.run(say.assign).reply["execution_count"] for _ in range(2))
    assert second == first + 1


@check(ADVANCED, "parent_header_correlation")
def parent_header_correlation(kernel, say):
    outcome = kernel.run(say.hello)
    assert outcome.status == "ok" and outcome.strays == []
