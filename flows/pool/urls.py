"""The addresses of the pool."""

from django.urls import path

from . import views

urlpatterns = [
    path("pool/", views.pool, name="pool"),
    path("pool/new/", views.proposal_new, name="proposal-new"),
    path("pool/<uuid:proposal_id>/", views.proposal, name="proposal"),
    path("pool/<uuid:proposal_id>/correct/", views.proposal_correct, name="proposal-correct"),
    path("pool/<uuid:proposal_id>/findings/", views.proposal_findings, name="proposal-findings"),
    path("pool/<uuid:proposal_id>/tier/", views.proposal_tier, name="proposal-tier"),
    path("pool/<uuid:proposal_id>/promote/", views.proposal_promote, name="proposal-promote"),
]
