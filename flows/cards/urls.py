"""The addresses of a project's card."""

from django.urls import path

from . import views

urlpatterns = [
    path("projects/<uuid:project_id>/card/", views.project_card, name="project-card"),
    path("projects/<uuid:project_id>/card.pdf", views.project_card_pdf, name="project-card-pdf"),
]
