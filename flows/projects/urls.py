"""The addresses of projects, milestones and evidence."""

from django.urls import path

from . import views

urlpatterns = [
    path("projects/", views.projects, name="projects"),
    path("projects/export/", views.projects_export, name="projects-export"),
    path("projects/<uuid:project_id>/", views.project, name="project"),
    path("projects/<uuid:project_id>/milestones/new/", views.milestone_new, name="milestone-new"),
    path("projects/<uuid:project_id>/correct/", views.project_correct, name="project-correct"),
    path("milestones/<uuid:milestone_id>/draft/", views.milestone_draft, name="milestone-draft"),
    path("milestones/<uuid:milestone_id>/evidence/", views.milestone_evidence, name="milestone-evidence"),
    path("evidence/<uuid:evidence_id>/", views.evidence, name="evidence"),
    path("evidence/<uuid:evidence_id>/page/<int:page>/", views.evidence_page, name="evidence-page"),
    path("evidence/<uuid:evidence_id>/file/", views.evidence_file, name="evidence-file"),
    path("evidence/<uuid:evidence_id>/withdraw/", views.evidence_withdraw, name="evidence-withdraw"),
]
