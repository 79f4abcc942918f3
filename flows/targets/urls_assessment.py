"""The addresses of the year-end assessment."""

from django.urls import path

from . import views_assessment as views

UNIT = "assessment/<uuid:public_id>/units/<slug:code>/"

urlpatterns = [
    path("assessment/", views.assessments, name="assessments"),
    path("assessment/start/", views.assessment_start, name="assessment-start"),
    path(UNIT, views.assessment_unit, name="assessment-unit"),
    path(f"{UNIT}score/", views.assessment_score, name="assessment-score"),
    path(f"{UNIT}object/", views.assessment_object, name="assessment-object"),
    path(f"{UNIT}answer/", views.assessment_answer, name="assessment-answer"),
]
