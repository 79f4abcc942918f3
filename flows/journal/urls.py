"""The addresses of the record's seals."""

from django.urls import path

from flows.journal import views

urlpatterns = [
    path("record/seals/", views.record_seals, name="record-seals"),
    path("record/seals/export/", views.record_seals_export, name="record-seals-export"),
]
