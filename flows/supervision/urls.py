"""The addresses of supervision and of its ladder."""

from django.urls import path

from . import views, views_ladder

urlpatterns = [
    path("supervision/", views.supervision, name="supervision"),
    path("supervision/new/", views.supervision_new, name="supervision-new"),
    path("supervision/ladder/", views_ladder.ladder, name="supervision-ladder"),
    path("supervision/ladder/change/", views_ladder.ladder_change, name="supervision-ladder-change"),
    path(
        "supervision/ladder/<int:version>/publish/",
        views_ladder.ladder_publish,
        name="supervision-ladder-publish",
    ),
    path("supervision/ladder/<int:version>/drop/", views_ladder.ladder_drop, name="supervision-ladder-drop"),
    path("supervision/slips/<uuid:slip_id>/answer/", views.slip_answer, name="slip-answer"),
    path("supervision/measures/<uuid:measure_id>/weigh/", views.measure_weigh, name="measure-weigh"),
    path("supervision/<uuid:item_id>/", views.supervision_item, name="supervision-item"),
    path("supervision/<uuid:item_id>/settle/", views.supervision_settle, name="supervision-settle"),
]
