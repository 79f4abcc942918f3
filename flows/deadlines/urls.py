"""The addresses of the working calendar."""

from django.urls import path

from flows.deadlines import views

urlpatterns = [
    path("calendar/", views.work_calendar, name="work-calendar"),
    path("calendar/<int:year>/change/", views.work_calendar_change, name="work-calendar-change"),
]
