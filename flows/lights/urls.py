"""The addresses of lights and their rules."""

from django.urls import path

from . import views

urlpatterns = [
    path("lights/", views.lights, name="lights"),
    path("lights/rules/", views.light_schemes, name="light-schemes"),
    path("lights/rules/change/", views.light_scheme_change, name="light-scheme-change"),
    path("lights/rules/<uuid:scheme_id>/confirm/", views.light_scheme_confirm, name="light-scheme-confirm"),
    path("lights/rules/<uuid:scheme_id>/decline/", views.light_scheme_decline, name="light-scheme-decline"),
    path("projects/<uuid:project_id>/lights/", views.project_lights, name="project-lights"),
]
