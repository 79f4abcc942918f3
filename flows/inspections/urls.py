"""The addresses of inspections."""

from django.urls import path

from . import views

urlpatterns = [
    path("inspections/", views.inspections, name="inspections"),
    path("inspections/new/", views.inspection_new, name="inspection-new"),
    path("inspections/findings/", views.inspection_findings, name="inspection-findings"),
    path("inspections/<uuid:round_id>/", views.inspection_round, name="inspection-round"),
    path("inspections/<uuid:round_id>/call-off/", views.inspection_call_off, name="inspection-call-off"),
    path("inspections/visits/<uuid:visit_id>/materials/", views.visit_materials, name="visit-materials"),
    path("inspections/visits/<uuid:visit_id>/findings/", views.visit_note, name="visit-note"),
    path("inspections/visits/<uuid:visit_id>/report/", views.visit_report, name="visit-report"),
    path("inspections/visits/<uuid:visit_id>/seen/", views.visit_seen, name="visit-seen"),
    path("inspections/findings/<uuid:finding_id>/photos/", views.finding_photos, name="finding-photos"),
    path(
        "inspections/findings/<uuid:finding_id>/take-back/", views.finding_take_back, name="finding-take-back"
    ),
    path("inspections/findings/<uuid:finding_id>/open/<slug:code>/", views.finding_open, name="finding-open"),
]
