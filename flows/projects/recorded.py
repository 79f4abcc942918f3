"""Which chain of the record is whose: the first entry of a project's names its code."""

from flows.journal import registry

from .models import Project

registry.claims(lambda: Project.objects.values_list("chain_id", "code"))
