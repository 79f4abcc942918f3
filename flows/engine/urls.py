"""The addresses of the inbox and of every run."""

from django.urls import path

from . import views, views_people

urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("inbox/list/", views.inbox_list, name="inbox-list"),
    path("inbox/badge/", views.inbox_badge, name="inbox-badge"),
    path("work/<uuid:run_id>/", views.work, name="sheet"),
    path("work/<uuid:run_id>/sheet.pdf", views.work_pdf, name="sheet-pdf"),
    path("work/<uuid:run_id>/diagram.svg", views.diagram, name="run-diagram"),
    path("work/<uuid:run_id>/approve/", views.approve, name="work-approve"),
    path("work/<uuid:run_id>/return/", views.send_back, name="work-return"),
    path("work/<uuid:run_id>/complete/", views.complete, name="work-complete"),
    path("work/<uuid:run_id>/hand-out/", views.hand_out, name="work-hand-out"),
    path("work/<uuid:run_id>/withdraw/", views.withdraw, name="work-withdraw"),
    path("me/substitutes/", views_people.substitutes, name="substitutes"),
    path("me/substitutes/<int:substitution_id>/end/", views_people.end_substitution, name="substitute-end"),
    path("people/hand-over/", views_people.hand_over, name="hand-over"),
]
