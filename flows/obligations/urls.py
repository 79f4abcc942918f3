"""The addresses of what recurs."""

from django.urls import path

from . import views

urlpatterns = [
    path("obligations/", views.obligations, name="obligations"),
    path("obligations/month/", views.obligation_month, name="obligation-month"),
    path("obligations/ahead/", views.obligations_ahead, name="obligations-ahead"),
    path("obligations/<uuid:occurrence_id>/report/", views.obligation_report, name="obligation-report"),
]
