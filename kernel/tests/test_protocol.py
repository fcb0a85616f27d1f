"""Messages beside execution, and the options of execution."""

import time

from session import Session


def test_kernel_info(shared):
    for channel in ("shell", "control"):
        info = shared.ask("kernel_info_request", channel=channel)
        assert info["status"] == "ok" and info["protocol_version"] == "5.5"
        language = info["language_info"]
        assert language["name"] == "typescript" and language["file_extension"] == ".ts"
        assert language["mimetype"] == "text/typescript"
        assert language["pygments_lexer"] == "typescript"


def test_encrypted_channels(folder):
    with Session(folder, transport_encryption="required") as session:
        assert "curve_secretkey" in session.manager.get_connection_info()
        assert session.run("1 + 1").result == "2"
        assert session.client.hb_channel.is_beating()
        # Whoever has no key hears nothing.
        assert not session.beats()


def test_complete(shared):
    shared.run("const points = [1, 2]; // 🙂")
    content = shared.ask("complete_request", {"code": "/*🙂*/ points.ma", "cursor_pos": 15})
    assert content["matches"] == ["map"]
    assert (content["cursor_start"], content["cursor_end"]) == (13, 15)
    content = shared.ask("complete_request", {"code": "poin", "cursor_pos": 4})
    assert content["matches"] == ["points"]


def test_inspect(shared):
    shared.run("/** Adds one. */\nfunction next(x: number) { return x + 1 }")
    content = shared.ask("inspect_request", {"code": "next(2)", "cursor_pos": 2, "detail_level": 0})
    assert content["found"] and "Adds one." in content["data"]["text/markdown"]
    assert "next(x: number): number" in content["data"]["text/plain"]
    content = shared.ask("inspect_request", {"code": " ", "cursor_pos": 0, "detail_level": 0})
    assert not content["found"]


def test_is_complete(shared):
    for code, status in [("1 + 1", "complete"), ("function f() {", "incomplete"), ("const = 3", "invalid")]:
        assert shared.ask("is_complete_request", {"code": code})["status"] == status


def test_history(shared):
    shared.run("'remembered'")
    content = shared.ask(
        "history_request", {"hist_access_type": "tail", "n": 1, "output": True, "raw": True}
    )
    assert content["history"][0][2] == ["'remembered'", "'remembered'"]
    content = shared.ask("history_request", {"hist_access_type": "search", "pattern": "'remem*", "output": False, "raw": True})
    assert [entry[2] for entry in content["history"]] == ["'remembered'"]


def test_history_of_earlier_sessions(fresh, folder):
    mine, marker = fresh.run("'first session'"), "'second session'"
    assert mine.status == "ok"
    with Session(folder) as other:
        other.run(marker)
        search = {"hist_access_type": "search", "pattern": "'* session'", "unique": True, "output": True, "raw": True}
        found = other.ask("history_request", search)["history"]
        assert [code for _, _, (code, _) in found][-2:] == ["'first session'", marker]
        now = other.ask("history_request", {"hist_access_type": "range", "session": 0, "output": False, "raw": True})
        assert [entry[2] for entry in now["history"]] == [marker]
    tail = fresh.ask("history_request", {"hist_access_type": "tail", "n": 1, "output": False, "raw": True})
    assert tail["history"][0][2] == marker


def test_usage(shared):
    usage = shared.ask("usage_request", channel="control")
    assert usage["pid"] == shared.pid and usage["kernel_memory"] > 50e6
    assert {"total", "available", "percent"} <= usage["host_virtual_memory"].keys()


def test_a_question_about_a_name(shared):
    shared.run("/** Adds one. */\nfunction after(x: number) { return x + 1 }")
    (page,) = shared.run("after?").reply["payload"]
    assert "Adds one." in page["data"]["text/plain"] and "after(x: number): number" in page["data"]["text/markdown"]
    outcome = shared.run("nosuchname?")
    assert outcome.reply["payload"] == [] and "nosuchname" in outcome.text("stderr")
    assert shared.ask("is_complete_request", {"code": "after?"})["status"] == "complete"


def test_silent_and_without_history(shared):
    count = shared.run("1").reply["execution_count"]
    silent = shared.run("console.log('x'); display(1); 2", silent=True)
    assert silent.outputs == [] and silent.status == "ok"
    assert shared.run("// @nnsight types: warning\nlet text: string = 1", silent=True).outputs == []
    unstored = shared.run("3", store_history=False)
    assert unstored.result == "3" and unstored.reply["execution_count"] == count
    assert shared.run("4").reply["execution_count"] == count + 1


def test_user_expressions(shared):
    shared.run("const u = 5")
    found = shared.run("0", user_expressions={"a": "u + 1", "b": "nosuch"}).reply["user_expressions"]
    assert found["a"]["data"]["text/plain"] == "6"
    assert found["b"]["status"] == "error" and found["b"]["ename"] == "ReferenceError"


def test_cells_after_an_error_are_aborted(shared):
    requests = [shared.client.execute(code) for code in ("1", "throw new Error('x')", "3", "4")]
    assert [shared.reply(request)["status"] for request in requests] == ["ok", "error", "aborted", "aborted"]
    requests = [shared.client.execute(code, stop_on_error=False) for code in ("throw 1", "2")]
    assert [shared.reply(request)["status"] for request in requests] == ["error", "ok"]
    time.sleep(0.1)


def test_a_silent_error_aborts_nothing(shared):
    requests = [shared.client.execute(code, silent=silent) for code, silent in (("throw 1", True), ("2", False))]
    assert [shared.reply(request)["status"] for request in requests] == ["error", "ok"]


def test_what_is_printed_later_belongs_to_the_last_cell_that_shows_something(shared):
    request = shared.client.execute("setTimeout(() => console.log('later'), 400)")
    shared.run("1", silent=True)
    while True:
        message = shared.client.get_iopub_msg(timeout=10)
        if message["msg_type"] == "stream":
            break
    assert message["parent_header"]["msg_id"] == request and message["content"]["text"] == "later\n"
    shared.reply(request)


def test_the_kernel_stays_busy_while_it_answers_something_else(shared):
    cell = shared.client.execute("await new Promise((r) => setTimeout(r, 1500))")
    time.sleep(0.5)
    shared.ask("is_complete_request", {"code": "1"})
    shared.reply(cell)
    states = []
    while not states or states[-1] != (cell, "idle"):
        message = shared.client.get_iopub_msg(timeout=10)
        if message["msg_type"] == "status":
            states.append((message["parent_header"]["msg_id"], message["content"]["execution_state"]))
    assert [state for _, state in states[-5:]] == ["busy", "busy", "idle", "busy", "idle"]


def test_input(shared):
    request = shared.client.execute('const who = await input("name? "); who', allow_stdin=True)
    question = shared.client.get_stdin_msg(timeout=10)
    assert question["content"] == {"prompt": "name? ", "password": False}
    shared.client.input("Ada")
    assert shared.reply(request)["status"] == "ok"
    assert shared.run("who").result == "'Ada'"
    assert shared.run("await input()", allow_stdin=False).reply["ename"] == "InputError"


def test_control_answers_while_a_cell_runs(shared):
    request = shared.client.execute("{ const end = Date.now() + 1500; while (Date.now() < end); }")
    time.sleep(0.4)
    began = time.monotonic()
    shared.ask("kernel_info_request", channel="control")
    assert time.monotonic() - began < 0.5
    assert shared.client.hb_channel.is_beating()
    assert shared.reply(request)["status"] == "ok"


def test_completion_while_a_cell_waits(shared):
    request = shared.client.execute("await new Promise((r) => setTimeout(r, 2500))")
    time.sleep(0.4)
    began = time.monotonic()
    message = shared.client.session.msg("complete_request", {"code": "Math.ma", "cursor_pos": 7})
    shared.client.shell_channel.send(message)
    assert shared.reply(message["header"]["msg_id"])["matches"] == ["max"]
    assert time.monotonic() - began < 1.5
    assert shared.reply(request)["status"] == "ok"
