"""The addresses of timetables."""

from django.urls import path

from . import views

urlpatterns = [
    path("projects/<uuid:project_id>/timetable/", views.timetable, name="timetable"),
    path("projects/<uuid:project_id>/timetable/begin/", views.timetable_begin, name="timetable-begin"),
    path("projects/<uuid:project_id>/timetable/node/", views.timetable_node, name="timetable-node"),
    path("timetables/<uuid:timetable_id>/write/", views.timetable_write, name="timetable-write"),
]
