"""The addresses of ledgers."""

from django.urls import path

from . import views

urlpatterns = [
    path("ledgers/", views.ledgers, name="ledgers"),
    path("ledgers/<slug:code>/", views.ledger, name="ledger"),
    path("ledgers/<slug:code>/new/", views.ledger_new, name="ledger-new"),
    path("ledgers/rows/<uuid:row_id>/", views.ledger_row, name="ledger-row"),
    path("ledgers/rows/<uuid:row_id>/correct/", views.ledger_correct, name="ledger-correct"),
    path("ledgers/rows/<uuid:row_id>/withdraw/", views.ledger_withdraw, name="ledger-withdraw"),
]
