"""The addresses of files that were handed in with a matter."""

from django.urls import path

from . import views

urlpatterns = [
    path("work/<uuid:run_id>/files/", views.files_add, name="files-add"),
    path("files/<uuid:attachment_id>/", views.file_read, name="file"),
    path("files/<uuid:attachment_id>/page/<int:page>/", views.file_page, name="file-page"),
    path("files/<uuid:attachment_id>/file/", views.file_download, name="file-download"),
    path("files/<uuid:attachment_id>/withdraw/", views.file_withdraw, name="file-withdraw"),
]
