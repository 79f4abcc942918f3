"""The addresses of the rules of approval, and of the move of a matter."""

from django.urls import path

from . import views

urlpatterns = [
    path("policies/", views.policies, name="policies"),
    path("policies/<str:key>/", views.policy, name="policy"),
    path("policies/<str:key>/change/", views.policy_change, name="policy-change"),
    path("policies/<str:key>/propose/", views.policy_propose, name="policy-propose"),
    path("work/<uuid:run_id>/move/", views.work_move, name="work-move"),
]
