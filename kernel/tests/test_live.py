"""What a page asks about a tensor that a cell has shown: over a comm, while cells run, after the process ended."""

import struct
import time
import uuid

import pytest

TARGET = "nnsight.live.v1"
SETUP = 'import { ops, tensor } from "nnsight-ts"; const grid = tensor([[1, -2, 3], [4, 5, -6]]);'


class Page:
    """A page's side of the comm."""

    def __init__(self, session):
        self.session, self.comm = session, uuid.uuid4().hex
        self.say("comm_open", target_name=TARGET)

    def say(self, type_, data=None, **more):
        message = self.session.client.session.msg(type_, {"comm_id": self.comm, "data": data or {}, **more})
        self.session.client.shell_channel.send(message)

    def ask(self, seq, id_, query, view="a"):
        self.say("comm_msg", {"seq": seq, "id": id_, "view": view, "query": query})

    def heard(self, timeout=20):
        """The next message of this comm."""
        end = time.monotonic() + timeout
        while True:
            message = self.session.client.get_iopub_msg(timeout=max(0.1, end - time.monotonic()))
            if message["msg_type"].startswith("comm_") and message["content"]["comm_id"] == self.comm:
                return message


def cells(rows=2, cols=3):
    return {
        "ask": "cells",
        "axes": {"rowAxis": 0, "colAxis": 1, "fixed": [0, 0]},
        "rects": [{"row": 0, "col": 0, "rows": rows, "cols": cols}],
        "pool": [1, 1],
        "reduce": "absmax",
        "wanted": {"kind": "float"},
    }


def shown(session, code):
    outcome = session.run(code)
    assert outcome.status == "ok", outcome
    return outcome.of("execute_result")[0]["data"]["application/vnd.nnsight.tensor.v1+json"]["id"]


@pytest.fixture
def tensor_id(fresh):
    return shown(fresh, f"{SETUP} grid")


def test_the_values_of_what_was_shown(fresh, tensor_id):
    page = Page(fresh)
    page.ask(7, tensor_id, cells())
    message = page.heard()
    assert message["content"]["data"] == {"seq": 7, "result": {"encoding": "float32"}}
    assert struct.unpack("<6f", message["buffers"][0]) == (1, -2, 3, 4, 5, -6)
    assert fresh.ask("comm_info_request", {"target_name": TARGET})["comms"] == {page.comm: {"target_name": TARGET}}
    page.say("comm_close")
    assert fresh.ask("comm_info_request")["comms"] == {}


def test_the_same_tensor_keeps_its_id_and_an_unknown_one_is_gone(fresh, tensor_id):
    assert shown(fresh, "grid") == tensor_id
    page = Page(fresh)
    page.ask(1, "another", cells())
    assert page.heard()["content"]["data"] == {"seq": 1, "gone": True}
    page.ask(2, tensor_id, cells(rows=3))
    assert "are not all there" in page.heard()["content"]["data"]["error"]


def test_answers_come_while_a_cell_waits_for_something(fresh, tensor_id):
    page = Page(fresh)
    request = fresh.client.execute("await new Promise((done) => setTimeout(done, 4000));")
    time.sleep(0.5)
    page.ask(1, tensor_id, cells())
    assert page.heard(timeout=2.5)["content"]["data"]["seq"] == 1
    fresh.reply(request)


def test_after_a_busy_cell_only_the_newest_of_a_view_is_answered(fresh, tensor_id):
    page = Page(fresh)
    request = fresh.client.execute("const end = Date.now() + 2000; while (Date.now() < end);")
    time.sleep(0.5)
    for seq in (1, 2, 3):
        page.ask(seq, tensor_id, cells())
    page.ask(4, tensor_id, cells(), view="b")
    fresh.reply(request)
    assert [page.heard()["content"]["data"]["seq"] for _ in range(2)] == [3, 4]


def test_what_the_user_process_held_is_gone_with_it(fresh, tensor_id):
    page = Page(fresh)
    assert fresh.run("process.kill(process.pid, 'SIGKILL')").status == "error"
    page.ask(1, tensor_id, cells())
    assert page.heard()["content"]["data"] == {"seq": 1, "gone": True}


def test_another_target_is_closed(fresh):
    page = Page.__new__(Page)
    page.session, page.comm = fresh, uuid.uuid4().hex
    page.say("comm_open", target_name="jupyter.widget")
    assert page.heard()["msg_type"] == "comm_close"
