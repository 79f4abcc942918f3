"""The address of task forces."""

from django.urls import path

from . import views

urlpatterns = [path("task-forces/", views.task_forces, name="task-forces")]
