"""The addresses of obstacles, and of the figures that come of them."""

from django.urls import path

from . import views

urlpatterns = [
    path("obstacles/", views.obstacles, name="obstacles"),
    path("obstacles/export/", views.obstacles_export, name="obstacles-export"),
    path("obstacles/financing/", views.obstacle_financing, name="obstacle-financing"),
    path("obstacles/land/", views.obstacle_land, name="obstacle-land"),
    path("obstacles/permits/", views.obstacle_permits, name="obstacle-permits"),
    path("obstacles/<uuid:obstacle_id>/sort/", views.obstacle_sort, name="obstacle-sort"),
    path("obstacles/<uuid:obstacle_id>/assign/", views.obstacle_assign, name="obstacle-assign"),
    path("obstacles/<uuid:obstacle_id>/answer/", views.obstacle_answer, name="obstacle-answer"),
    path("obstacles/<uuid:obstacle_id>/level/", views.obstacle_level, name="obstacle-level"),
    path("obstacles/<uuid:obstacle_id>/report/", views.obstacle_report, name="obstacle-report"),
    path("projects/<uuid:project_id>/obstacles/new/", views.obstacle_new, name="obstacle-new"),
    path("projects/<uuid:project_id>/permits/", views.permit_new, name="permit-new"),
]
