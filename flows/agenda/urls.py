"""The addresses of one's own deadlines; the feed's own is a secret, which no log may hold."""

from django.urls import path

from . import views

urlpatterns = [
    path("agenda/", views.agenda, name="agenda"),
    path("agenda/address/", views.address_make, name="agenda-address"),
    path("agenda/address/revoke/", views.address_revoke, name="agenda-address-revoke"),
    path("agenda/hf_<slug:secret>/deadlines.ics", views.feed, name="agenda-feed"),
]
