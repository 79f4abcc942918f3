"""The addresses of what recurs."""

from django.urls import path

from . import views

urlpatterns = [
    path("obligations/", views.obligations, name="obligations"),
    path("obligations/<uuid:occurrence_id>/report/", views.obligation_report, name="obligation-report"),
]
