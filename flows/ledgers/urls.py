"""The addresses of ledgers."""

from django.urls import path

from . import views, views_files

urlpatterns = [
    path("ledgers/", views.ledgers, name="ledgers"),
    path("ledgers/imports/<uuid:import_id>/", views_files.ledger_import, name="ledger-import"),
    path("ledgers/imports/<uuid:import_id>/take/", views_files.ledger_take, name="ledger-take"),
    path("ledgers/imports/<uuid:import_id>/report/", views_files.ledger_report, name="ledger-report"),
    path("ledgers/<slug:code>/", views.ledger, name="ledger"),
    path("ledgers/<slug:code>/new/", views.ledger_new, name="ledger-new"),
    path("ledgers/<slug:code>/template/", views_files.ledger_template, name="ledger-template"),
    path("ledgers/<slug:code>/export/", views_files.ledger_export, name="ledger-export"),
    path("ledgers/<slug:code>/import/", views_files.ledger_upload, name="ledger-upload"),
    path("ledgers/rows/<uuid:row_id>/", views.ledger_row, name="ledger-row"),
    path("ledgers/rows/<uuid:row_id>/correct/", views.ledger_correct, name="ledger-correct"),
    path("ledgers/rows/<uuid:row_id>/withdraw/", views.ledger_withdraw, name="ledger-withdraw"),
]
