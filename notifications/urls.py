"""The addresses of what concerns notices: one's own settings, and the letters that were set aside."""

from django.urls import path

from notifications import views

urlpatterns = [
    path("me/notices/", views.settings, name="notice-settings"),
    path("me/notices/chat/", views.save_address, name="chat-address"),
    path("me/notices/chat/remove/", views.remove_address, name="chat-address-remove"),
    path("letters/", views.set_aside, name="letters-set-aside"),
    path("letters/<uuid:letter>/retry/", views.retry_letter, name="letter-retry"),
    path("letters/<uuid:letter>/drop/", views.drop_letter, name="letter-drop"),
]
