"""Packages that people bring to notebooks, fetched from the npm registry, import and work at once.

`pytest -m network` runs the tests that need the registry alone; NNSIGHT_OFFLINE=1 leaves them out.
"""

import npm
import pytest
from session import Session

pytestmark = pytest.mark.network

PACKAGES = [
    "lodash@4",
    "@types/lodash@4",
    "d3@7",
    "@types/d3@7",
    "@observablehq/plot@0.6",
    "zod@4",
    "axios@1",
    "apache-arrow@21",
    "arquero@7",
]


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    folder = tmp_path_factory.mktemp("packages")
    npm.install(folder, *PACKAGES)
    with Session(folder) as session:
        yield session


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ('import _ from "lodash"; _.chunk([1, 2, 3], 2)', "[ [ 1, 2 ], [ 3 ] ]"),
        ('import { groupBy } from "lodash"; groupBy([1, 2], (n) => n % 2)', "{ '0': [ 2 ], '1': [ 1 ] }"),
        ('import * as all from "lodash"; all.sum([1, 2])', "3"),
        ('import chunk from "lodash/chunk"; chunk([1, 2], 1)', "[ [ 1 ], [ 2 ] ]"),
        ('import * as d3 from "d3"; d3.mean([1, 2, 3])', "2"),
        ('import { scaleLinear } from "d3"; scaleLinear([0, 1], [0, 10])(0.5)', "5"),
        ('import * as Plot from "@observablehq/plot"; Plot.barY([{ x: 1 }], { x: "x" }).constructor.name', "'BarY'"),
        ('import { z } from "zod"; const User = z.object({ name: z.string() }); User.parse({ name: "x" }).name', "'x'"),
        ("type User = z.infer<typeof User>; const user: User = { name: 'y' }; User.safeParse(user).success", "true"),
        ('import axios, { type AxiosInstance } from "axios"; const client: AxiosInstance = axios.create(); client.getUri({ url: "/a", params: { b: 1 } })', "'/a?b=1'"),
        ('import { tableFromArrays } from "apache-arrow"; const arrow = tableFromArrays({ a: [1, 2], b: ["x", "y"] }); arrow.numRows', "2"),
        ('import * as aq from "arquero"; import { op } from "arquero"; const rows = aq.table({ a: [1, 2, 3], b: ["x", "y", "x"] }); rows.numRows()', "3"),
        ("rows.filter((d: any) => d.a > 1).derive({ c: (d: any) => d.a * 2 + 1 }).array('c')", "[ 5, 7 ]"),
        ("rows.groupby('b').rollup({ s: (d: any) => op.sum(d.a) }).array('s')", "[ 4, 2 ]"),
    ],
)
def test_at_once(cells, code, result):
    outcome = cells.run(code)
    assert outcome.status == "ok", outcome.traceback
    assert outcome.result == result


def test_types_come_with_them(cells):
    assert "not assignable to type 'number'" in cells.run('const n: number = _.camelCase("a b")').traceback
    assert "Property 'nam' does not exist" in cells.run("User.parse({}).nam").traceback
    reply = cells.ask("complete_request", {"code": "d3.scaleLi", "cursor_pos": 10})
    assert reply["matches"] == ["scaleLinear"]


def test_their_tables_are_shown(cells):
    for table in ("arrow", "aq.table({ a: [1, 2], b: ['x', 'y'] })", "aq.table({ a: [1, 2], b: ['x', 'y'] }).toArrow()"):
        data = cells.run(table).of("execute_result")[0]["data"]
        assert "<tr><td>1</td><td>x</td></tr>" in data["text/html"], table
        assert data["text/plain"] == "a  b\n1  x\n2  y", table


def test_a_failing_package_is_told_with_its_issue(cells):
    outcome = cells.run("User.parse({ name: 1 })")
    assert outcome.reply["ename"] == "ZodError" and "expected string" in outcome.reply["evalue"]
