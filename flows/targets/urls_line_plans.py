"""The addresses of line plans."""

from django.urls import path

from . import views_line_plans as views

urlpatterns = [
    path("line-plans/", views.line_plans, name="line-plans"),
    path("line-plans/new/<int:line_id>/", views.line_plan_new, name="line-plan-new"),
    path("line-plans/<uuid:public_id>/", views.line_plan, name="line-plan"),
    path("line-plans/<uuid:public_id>/write/", views.line_plan_write, name="line-plan-write"),
    path("line-plans/<uuid:public_id>/share/<slug:code>/", views.line_plan_share, name="line-plan-share"),
]
