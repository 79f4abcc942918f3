"""The addresses of projects' months."""

from django.urls import path

from . import views

urlpatterns = [
    path("months/", views.months, name="months"),
    path("months/board/", views.months_board, name="months-board"),
    path("months/board/export/", views.months_export, name="months-export"),
    path("projects/<uuid:project_id>/months/", views.project_months, name="project-months"),
    path("projects/<uuid:project_id>/months/report/", views.month_report, name="month-report"),
]
