"""The addresses of obstacles, and of the figures that come of them."""

urlpatterns: list = []
