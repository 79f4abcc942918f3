"""The addresses of the inbox and of every run."""

from django.urls import path

from . import views, views_acts, views_people, views_preview
from .actions import ACTIONS

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/list/", views.inbox_list, name="inbox-list"),
    path("inbox/badge/", views.inbox_badge, name="inbox-badge"),
    path("inbox/approve/", views_acts.inbox_approve, name="inbox-approve"),
    path("posts/search/", views_acts.posts_search, name="posts-search"),
    path("me/phrases/", views_acts.my_phrases, name="phrases"),
    path("work/<uuid:run_id>/", views.work, name="sheet"),
    path("work/<uuid:run_id>/sheet.pdf", views.work_pdf, name="sheet-pdf"),
    path("work/<uuid:run_id>/diagram.svg", views.diagram, name="run-diagram"),
    path("work/<uuid:run_id>/preview/", views_preview.run_preview, name="run-preview"),
    *(
        path(
            f"work/<uuid:run_id>/{action.name}/", views_acts.act, {"name": action.name}, name=action.url_name
        )
        for action in ACTIONS
    ),
    path("me/substitutes/", views_people.substitutes, name="substitutes"),
    path("me/substitutes/<int:substitution_id>/end/", views_people.end_substitution, name="substitute-end"),
    path("people/hand-over/", views_people.hand_over, name="hand-over"),
]
