"""A bad plan file is refused with line, path and what to do; all its errors at once; nothing else is ever raised."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.plan.document import PlanRefused, read_plan, read_plan_bytes
from flows.plan.reading import MOST_BYTES
from tests.support.plans import INVENTED, NOTICE, changed, document, edited, line_of, plain, refused

TWO_CONVENERS = "      - {post: executive-vice-mayor, convener: true}\n      - {post: vice-mayor-1}"
LEADER = "      - {post: executive-vice-mayor, convener: true}\n      - {post: vice-mayor-1, convener: true}"


def only(data):
    (finding,) = refused(data)
    return finding


# code, what the file says, what it says instead, the path
BAD = [
    ("unit-unknown", "service: [区交通局]", "service: [区交能局]", "projects[0].service[0]"),
    ("two-conveners", TWO_CONVENERS, LEADER, "lines[0].leaders[1].convener"),
    ("day-impossible", "effective_from: 2023-01-01", "effective_from: 2023-02-30", "campaign.effective_from"),
    ("day-form", "effective_from: 2023-01-01", "effective_from: 1 January", "campaign.effective_from"),
    ("day-impossible", "builds: 2023.6-2024.8", "builds: 2023.13-2024.8", "projects[5].builds"),
    ("period-backwards", "builds: 2023.6-2024.8", "builds: 2024.9-2024.8", "projects[5].builds"),
    ("period-form", "builds: 2023.6-2024.8", "builds: 2023年6月", "projects[5].builds"),
    ("figure-negative", "total: 184", "total: -184", "projects[0].total"),
    ("figure-form", "total: 184", "total: 很多", "projects[0].total"),
    ("figure-too-fine", "planned: 2.7", "planned: 2.7000001", "projects[5].planned"),
    ("total-zero", "total: 184", "total: 0", "projects[0].total"),
    ("project-twice", "code: HT2023-02", "code: HT2023-01", "projects[1].code"),
    ("project-twice", "name: 三一集团产业基地", "name: 活力荷塘文化艺术体育中心", None),
    ("post-unknown", "district_leaders: [vice-mayor-3]", "district_leaders: [vice-mayor-9]", "projects[0].district_leaders[0]"),
    ("extra_forbidden", "    invested_before: 16.6", "    invested_befor: 16.6", "projects[0].invested_befor"),
    ("alias-of-two", "aliases: [区交通局]", "aliases: [区财政局]", None),
    ("unit-unfit", "unit: 万美元", "unit: 美元", "targets[30].unit"),
    ("line-unknown", "line: fission, indicator: incubated-entities", "line: fision, indicator: incubated-entities", "targets[33].line"),
    ("yaml-double-key", "    row: 3", "    row: 3\n    row: 4", "projects[2].row"),
    ("resolver-unknown", "resolver: project.verifiers", "resolver: project.verifier", "policies[1].resolver"),
    ("quota-unknown", "quota: quota-trips", "quota: quota-trip", "obligations[7].cadence.quota"),
    ("role-unknown", "owed_by: lead_leaders", "owed_by: leaders", "obligations[1].owed_by"),
    ("body-missing", "code: hq-office", "code: headquarters", None),
    ("bool_type", "    and_others: true", "    and_others: 是", "lines[0].and_others"),
    ("literal_error", "kind: leadership", "kind: leaders", "organisations[0].kind"),
    ("two-executives", "{post: development-reform-head}\n      - {post: finance-head, executive: true}",
     "{post: development-reform-head, executive: true}\n      - {post: finance-head, executive: true}",
     "groups[1].heads[1].executive"),
    ("campaign-backwards", "effective_until: 2023-12-31", "effective_until: 2022-12-31", "campaign.effective_until"),
    ("gate-twice", "move: terminate", "move: resume", "gates[7].move"),
    ("secretary-serves", "duty: secretary, serves: vice-mayor-6,", "duty: secretary,", None),
    ("secretary-serves", "duty: secretary, serves: vice-mayor-6,", "duty: deputy, serves: vice-mayor-6,", None),
    ("secretary-of-secretary", "serves: vice-mayor-6,", "serves: executive-vice-mayor-secretary,", None),
    ("post-unknown", "serves: vice-mayor-6,", "serves: vice-mayor-66,", None),
    ("keeper-unknown", "owners: [development-reform, development-zone]", "owners: [development-reforms]", "ledgers[10].owners[0]"),
    ("day-unfit", "day: matched-on", "day: result", "ledgers[1].day"),
    ("choices-unfit", "kind: choice, choices: [国家, 省], required", "kind: choice, required", "ledgers[4].columns[2]"),
    ("code-twice", "{code: settled, name: 是否落实", "{code: result, name: 是否落实", "ledgers[1].columns[4].code"),
    ("indicator-unknown", "indicator: hard-material-events, where", "indicator: hard-material-event, where", "ledgers[7].counts[0].indicator"),
    ("column-unknown", "column: foreign, where", "column: foreigner, where", "ledgers[8].counts[2].column"),
    ("column-kind-unfit", "column: foreign, where", "column: firm, where", "ledgers[8].counts[2].column"),
    ("value-unknown", "where: {kind: [利用外资]}", "where: {kind: [外资]}", "ledgers[8].counts[2].where.kind"),
    ("value-unknown", "where: {kind: [利用外资]}", "where: {firm: [甲]}", "ledgers[8].counts[2].where.firm"),
    ("stage-unknown", "column: arrived, stage: 到位}", "column: arrived, stage: 拨付}", "ledgers[3].counts[0].stage"),
    ("column-kind-unfit", "{name: 获批, day: granted-on}", "{name: 获批, day: granted}", "ledgers[5].stages[1].day"),
    ("first-stage-unfit", "{name: 受理, day: asked-on}", "{name: 受理, day: answered-on}", "ledgers[12].stages[0].day"),
    ("stand-in-unfit", "on_empty: block", "on_empty: named", "policies[0].on_empty"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "said", "instead", "where"), BAD, ids=[f"{bad[0]}:{bad[2][:18]}" for bad in BAD]
)
def test_a_wrong_value_is_named_with_its_line_its_path_and_what_to_do(code, said, instead, where):
    data = edited(NOTICE, said, instead)
    finding = next(found for found in refused(data) if found.code == code)
    if where:
        assert finding.where == where
        assert finding.line == line_of(NOTICE.read_bytes(), said) + instead.count("\n")
    assert len(finding.text) > 10
    assert "%(" not in finding.text


def test_an_unknown_organisation_comes_with_the_nearest_names():
    finding = only(edited(NOTICE, "service: [区交通局]", "service: [区交通运输厅]"))
    assert "区交通运输局" in finding.facts["near"]
    assert "区交通运输局" in finding.text


def test_an_unknown_key_comes_with_the_nearest_key():
    found = refused(edited(NOTICE, "    invested_before: 16.6", "    invested_befor: 16.6"))
    assert {finding.code for finding in found} == {"extra_forbidden", "missing"}
    assert (
        next(finding for finding in found if finding.code == "extra_forbidden")
        .facts["allowed"]
        .startswith("invested_before")
    )


def test_an_alias_of_two_organisations_is_refused_at_the_alias():
    data = edited(NOTICE, "aliases: [区交通局]", "aliases: [区交通局, 区文旅体育局]")
    found = refused(data)
    at = {finding.where: finding for finding in found if finding.code == "alias-of-two"}
    assert "organisations[18].aliases[1]" in at
    assert at["organisations[18].aliases[1]"].line == line_of(data, "区交通局, 区文旅体育局")
    assert any(
        finding.code == "unit-ambiguous" and finding.where == "projects[5].service[0]" for finding in found
    )


def test_every_error_is_told_at_once_even_below_a_broken_entry():
    text = NOTICE.read_text(encoding="utf-8")
    for said, instead in (
        ("total: 184", "total: -184"),
        ("builds: 2021.10-2024.3", "builds: 2021.10-2024.13"),
        ("service: [区文旅体育局]", "service: [区文化局]"),
        ("district_leaders: [vice-mayor-5]", "district_leaders: [vice-mayor-50]"),
        ("move: fulfil", "move: fulfill"),
    ):
        assert said in text
        text = text.replace(said, instead, 1)
    found = {finding.where: finding.code for finding in refused(text.encode())}
    assert found == {
        "projects[0].total": "figure-negative",
        "projects[2].builds": "day-impossible",
        "projects[5].service[0]": "unit-unknown",
        "projects[4].district_leaders[0]": "post-unknown",
        "gates[0].move": "literal_error",
    }


# --- files that are no plan at all ---


def test_broken_yaml_names_the_line():
    data = edited(NOTICE, "  title: 荷塘区", "  title: [荷塘区")
    finding = only(data)
    assert finding.code == "yaml-broken"
    assert abs(finding.line - line_of(data, "[荷塘区")) <= 1


def test_gbk_is_recognised_and_its_line_named():
    finding = only(NOTICE.read_text(encoding="utf-8").encode("gb18030"))
    assert (finding.code, finding.line) == ("file-encoding", 1)
    assert "GBK" in finding.text
    later = only(b"campaign:\n  code: a\n  title: " + "荷塘".encode("gbk"))
    assert later.line == 3


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file-empty"),
        (b"# only a comment\n\n", "file-empty"),
        (b"\xff\xfec\x00", "file-encoding"),
        (b"\x80\x81\xff", "file-encoding"),
        (b"- a\n- b\n", "yaml-not-a-mapping"),
        (b"just words", "yaml-not-a-mapping"),
        (b"a: 1\n---\nb: 2\n", "yaml-two-documents"),
        (b"a: &x [1]\nb: *x\n", "yaml-alias"),
        (b"a: !!python/object:os.system [ls]\n", "yaml-tag"),
        (b"a: " + b"[" * 5000, "yaml-too-deep"),
        (b"? [a, b]\n: 1\n", "yaml-key"),
        (b"a: \x01", "yaml-broken"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_own_reason(data, code):
    assert only(data).code == code


def test_fifty_megabytes_are_refused_before_they_are_read(tmp_path):
    path = tmp_path / "huge.yaml"
    with path.open("wb") as opened:
        opened.truncate(50_000_000)  # a sparse file: reading it would still cost the memory
    with pytest.raises(PlanRefused) as refusal:
        read_plan(path)
    (finding,) = refusal.value.findings
    assert finding.code == "file-too-large"
    assert finding.facts == {"size": "50,000,000", "limit": f"{MOST_BYTES:,}"}


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path, code in ((tmp_path / "no.yaml", "file-missing"), (tmp_path, "file-not-regular")):
        with pytest.raises(PlanRefused) as refusal:
            read_plan(path)
        assert refusal.value.findings[0].code == code


def test_a_byte_order_mark_and_windows_lines_do_no_harm():
    data = b"\xef\xbb\xbf" + NOTICE.read_bytes().replace(b"\n", b"\r\n")
    assert read_plan_bytes(data).content == document(NOTICE).content


def test_a_thousand_wrong_names_are_answered_in_a_page():
    def wrong(value):
        value["projects"][0]["owners"] = [f"无此单位{number}" for number in range(1000)]

    assert len(refused(changed(INVENTED, wrong))) <= 300


# --- whatever is done to a plan, the answer is a document or findings with a line ---

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-5, 10**20)
    | st.text(max_size=5)
    | st.sampled_from(["2023-02-30", "甲"])
)
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=6)  # fmt: skip


def paths_of(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield from paths_of(inner, (*path, key))


PATHS = [path for path in paths_of(plain(INVENTED)) if path]


@given(path=st.sampled_from(PATHS), value=values)
def test_a_value_replaced_anywhere_gives_a_document_or_findings(path, value):
    plan = plain(INVENTED)
    holder = plan
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    try:
        read_plan_bytes(json.dumps(plan, ensure_ascii=True, indent=1).encode())
    except PlanRefused as refusal:
        assert refusal.findings
        assert all(finding.line >= 1 and finding.text for finding in refusal.findings)


@given(data=st.binary(max_size=60))
def test_any_bytes_give_findings(data):
    assert refused(data)
