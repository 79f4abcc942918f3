"""A ledger of visits that Chen's unit keeps, and a row of it."""

from django.core.files.uploadedfile import SimpleUploadedFile

from flows.ledgers.importing import look_at, upload
from flows.ledgers.models import LedgerImport, LedgerKind, LedgerRow
from flows.ledgers.operations import add_row
from tests.support.workbooks import xlsx

COLUMNS = [
    {"code": "visited", "name": "走访单位", "required": True},
    {"code": "visited-on", "name": "走访日期", "kind": "date", "required": True},
    {"code": "head", "name": "主要负责人带队", "kind": "yes_no", "required": True},
    {"code": "kind", "name": "类别", "kind": "choice", "choices": ["专项债", "其他"]},
    {"code": "money", "name": "争取金额", "kind": "number", "unit": "万元"},
    {"code": "people", "name": "人数", "kind": "whole", "unit": "人"},
    {"code": "granted-on", "name": "到位日期", "kind": "date"},
    {"code": "granted", "name": "到位金额", "kind": "number", "unit": "万元"},
]
STAGES = [
    {"name": "走访", "day": "visited-on"},
    {"name": "到位", "day": "granted-on", "amount": "granted"},
]
COUNTS = [
    {"indicator": "visits", "where": {"head": [True]}},
    {"indicator": "money", "column": "money"},
    {"indicator": "bonds", "column": "money", "where": {"kind": ["专项债"]}},
    {"indicator": "granted", "column": "granted", "stage": "到位"},
]
VISIT = {
    "visited": "省发展改革委",
    "visited-on": "2023-05-09",
    "head": "是",
    "kind": "专项债",
    "money": "1,200.50",
}


def kept(district) -> LedgerKind:
    """The ledger of a district, made when first asked for."""
    kind, _made = LedgerKind.objects.get_or_create(
        plan=district.plan,
        code=f"visits-{district.plan.code}",
        defaults={
            "name": "“跑省进厅访市”台账",
            "owners": [district.units["serving"].code],
            "columns": COLUMNS,
            "day": "visited-on",
            "counts": COUNTS,
            "stages": STAGES,
            "quota": 2,
            "quota_line": district.line.code,
            "order": 0,
            "clause": "三（一）2②",
        },
    )
    return kind


def visited(district, by: str = "chen", now=None, **typed: str) -> LedgerRow:
    """A visit that was made and written down."""
    now = now or district.now
    return add_row(kept(district).code, VISIT | typed, by=district.actor(by, now), now=now)


def laid_down(district, *rows: tuple[str, ...], by: str = "chen") -> LedgerImport:
    """A workbook that somebody laid down and that was read; one good row where none is named."""
    rows = rows or (("省财政厅", "2023-05-09", "是"),)
    file = SimpleUploadedFile("走访.xlsx", xlsx(head=("走访单位", "走访日期", "主要负责人带队"), rows=rows))
    laid = upload(kept(district).code, file, by=district.actor(by), now=district.now)
    return look_at(laid.pk, now=district.now)
