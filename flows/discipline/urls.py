"""The addresses of the compartment."""

from django.urls import path

from . import views

urlpatterns = [
    path("discipline/", views.discipline, name="discipline"),
    path("discipline/new/", views.discipline_new, name="discipline-new"),
    path("discipline/<uuid:case_id>/", views.discipline_case, name="discipline-case"),
]
for name in (
    "take-in", "propose", "agree", "send-back", "conclude", "assign", "letter", "supplement",
):  # fmt: skip
    view = getattr(views, f"case_{name.replace('-', '_')}")
    urlpatterns.append(path(f"discipline/<uuid:case_id>/{name}/", view, name=f"discipline-{name}"))
urlpatterns += [
    path("discipline/<uuid:case_id>/dossier.pdf", views.case_dossier_paper, name="discipline-dossier-paper"),
    path("discipline/<uuid:case_id>/closing.pdf", views.case_closing_paper, name="discipline-closing-paper"),
    path(
        "discipline/<uuid:case_id>/letters/<uuid:letter_id>.pdf",
        views.case_letter_paper,
        name="discipline-letter-paper",
    ),
]
