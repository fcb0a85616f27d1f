"""Comms: opened from either side, with buffers and metadata, handled while a cell runs."""

import time

ECHO = """const received: unknown[] = [];
comms.register("echo", (comm, opened) => {
  comm.send({ opened: opened.data });
  comm.onMessage = ({ data, metadata, buffers }) => {
    received.push(data);
    console.log("handled", data);
    comm.send({ back: data }, { metadata: { ...metadata, seen: true }, buffers: buffers.map((part) => part.map((byte) => byte + 1)) });
  };
  comm.onClose = ({ data }) => console.log("closed with", data);
});"""


def send(session, type_, content, metadata=None, buffers=None):
    message = session.client.session.msg(type_, content, metadata=metadata)
    session.client.session.send(session.client.shell_channel.socket, message, buffers=buffers)
    return message["header"]["msg_id"]


def until_idle(session, request, timeout=20):
    """What is published for a request, to its idle status."""
    found, end = [], time.monotonic() + timeout
    while time.monotonic() < end:
        message = session.client.get_iopub_msg(timeout=timeout)
        if message["parent_header"].get("msg_id") != request:
            continue
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return found
        if message["msg_type"] != "status":
            found.append(message)
    raise AssertionError(f"no idle status; got {found}")


def opened(session, comm_id, target="echo", data=None):
    return until_idle(session, send(session, "comm_open", {"comm_id": comm_id, "target_name": target, "data": data or {}}))


def test_a_comm_from_the_page(shared):
    assert shared.run(ECHO).status == "ok"
    (first,) = opened(shared, "c1", data={"a": 1})
    assert first["msg_type"] == "comm_msg" and first["content"]["data"] == {"opened": {"a": 1}}
    request = send(shared, "comm_msg", {"comm_id": "c1", "data": {"b": 2}}, {"m": 1}, [b"\x01\x02", b"\xfe"])
    stream, answer = until_idle(shared, request)
    assert stream["msg_type"] == "stream" and stream["content"]["text"] == "handled { b: 2 }\n"
    assert answer["content"] == {"comm_id": "c1", "data": {"back": {"b": 2}}}
    assert answer["metadata"] == {"m": 1, "seen": True}
    assert [bytes(part) for part in answer["buffers"]] == [b"\x02\x03", b"\xff"]
    assert shared.ask("comm_info_request")["comms"] == {"c1": {"target_name": "echo"}}
    assert shared.ask("comm_info_request", {"target_name": "other"})["comms"] == {}
    (closed,) = until_idle(shared, send(shared, "comm_close", {"comm_id": "c1", "data": "bye"}))
    assert closed["content"]["text"] == "closed with bye\n"
    assert shared.ask("comm_info_request")["comms"] == {}


def test_messages_are_handled_while_a_cell_waits(shared):
    shared.run(ECHO)
    opened(shared, "c2")
    cell = shared.client.execute("while (received.length === 0) await new Promise((r) => setTimeout(r, 20)); received")
    request = send(shared, "comm_msg", {"comm_id": "c2", "data": 7})
    kinds = {(m["msg_type"], m["parent_header"]["msg_id"]) for m in until_idle(shared, request)}
    assert kinds == {("stream", request), ("comm_msg", request)}
    assert shared.reply(cell)["status"] == "ok"


def test_a_comm_from_a_cell(shared):
    code = 'const own = comms.open("there", { x: 1 }, { metadata: { m: 2 }, buffers: [new Float32Array([1])] }); own.id'
    outcome = shared.run(code)
    (open_,) = outcome.of("comm_open")
    assert open_["target_name"] == "there" and open_["data"] == {"x": 1}
    assert outcome.result == f"'{open_['comm_id']}'"
    assert shared.ask("comm_info_request", {"target_name": "there"})["comms"] == {open_["comm_id"]: {"target_name": "there"}}
    shared.run("const answers: unknown[] = []; own.onMessage = async ({ data }) => { await null; answers.push(data) }")
    until_idle(shared, send(shared, "comm_msg", {"comm_id": open_["comm_id"], "data": "hi"}))
    assert shared.run("answers").result == "[ 'hi' ]"
    assert shared.run("own.close(); own.close()").of("comm_close")[0]["comm_id"] == open_["comm_id"]
    assert shared.run("own.send(1)").reply["ename"] == "CommError"


def test_output_before_a_message_comes_before_it(shared):
    outcome = shared.run('console.log("a"); const o = comms.open("t"); console.log("b"); o.send(1)')
    assert [kind for kind, _ in outcome.outputs] == ["execute_input", "stream", "comm_open", "stream", "comm_msg"]


def test_an_unknown_target_is_closed_at_once_even_during_a_loop(shared):
    cell = shared.client.execute("{ const end = Date.now() + 1500; while (Date.now() < end); }")
    time.sleep(0.3)
    (closed,) = opened(shared, "c9", target="nobody")
    assert closed["msg_type"] == "comm_close" and closed["content"]["comm_id"] == "c9"
    assert shared.reply(cell)["status"] == "ok"


def test_an_error_in_a_handler_is_shown(shared):
    shared.run("comms.register('bad', (comm) => { throw new RangeError('no') })")
    (stream,) = opened(shared, "c3", target="bad")
    assert stream["content"]["name"] == "stderr" and "RangeError: no" in stream["content"]["text"]
    assert "In[" in stream["content"]["text"]


def test_a_handler_that_never_ends_is_interrupted(shared):
    shared.run("let held = 5; comms.register('loop', () => { while (true) {} })")
    request = send(shared, "comm_open", {"comm_id": "c4", "target_name": "loop", "data": {}})
    time.sleep(0.3)
    shared.interrupt()
    until_idle(shared, request)
    assert shared.run("held").result == "5"


def test_a_crash_closes_comms(fresh):
    fresh.run(ECHO)
    opened(fresh, "c5")
    outcome = fresh.run("process.exit(1)")
    assert outcome.of("comm_close")[0]["comm_id"] == "c5"
    assert fresh.ask("comm_info_request")["comms"] == {}
    assert opened(fresh, "c6")[0]["msg_type"] == "comm_close"
