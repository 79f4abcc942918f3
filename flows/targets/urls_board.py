"""The addresses of targets."""

from django.urls import path

from . import views_board as views

urlpatterns = [
    path("targets/", views.targets, name="targets"),
    path("targets/export/", views.targets_export, name="targets-export"),
    path("targets/contest/", views.contest, name="contest"),
    path("targets/<slug:code>/", views.target, name="target"),
    path("targets/<slug:code>/report/", views.target_report, name="target-report"),
]
