from django.apps import AppConfig


class DisciplineConfig(AppConfig):
    name = "flows.discipline"
    label = "discipline"

    def ready(self):
        from flows.journal.registry import claims
        from flows.supervision.registry import on_confirmed

        from . import flow, opening, resolvers, staffing, tasks  # noqa: F401 - the engine learns the flow and who acts
        from .models import Case

        claims(lambda: Case.objects.values_list("chain_id", "number"))
        on_confirmed("referral", opening.open_case)
