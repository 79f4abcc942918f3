"""System checks: a flow must wait for its lock, and every stored step must still have its node."""

from django.apps import apps
from django.core.checks import Error, Tags, register
from viewflow.workflow import lock
from viewflow.workflow.fields import import_task_by_ref

from .flows import Flow


def _flows(base: type[Flow] = Flow):
    for flow_class in base.__subclasses__():
        yield flow_class
        yield from _flows(flow_class)


def lock_errors(flow_class: type[Flow]) -> list[Error]:
    """A flow with any lock but the blocking one loses or doubles work when two people press at once."""
    impl = flow_class.lock_impl
    if isinstance(impl, lock.SelectForUpdateLock) and impl.nowait is False and impl.attempts == 1:
        return []
    return [
        Error(
            f"{flow_class.__name__} uses {impl!r}; work can be lost when two people act at once.",
            hint="Leave lock_impl as flows.engine.flows.Flow sets it.",
            obj=flow_class,
            id="engine.E001",
        )
    ]


@register()
def flows_wait_for_their_lock(app_configs, **kwargs):
    """engine.E001: refuse a flow class with another lock."""
    return [error for flow_class in _flows() for error in lock_errors(flow_class)]


def node_is_known(reference: str) -> bool:
    """Whether a stored node reference still leads to a node."""
    try:
        node = import_task_by_ref(reference)
    except (ImportError, AttributeError, LookupError, AssertionError):
        return False
    return node is not None and type(node).__name__ != "Obsolete"


@register(Tags.database)
def stored_steps_have_their_node(app_configs, databases=None, **kwargs):
    """engine.E002: an open step whose node was renamed or removed could never be completed."""
    if not databases:
        return []
    from django.db import connection

    step = apps.get_model("engine", "Step")
    if step._meta.db_table not in connection.introspection.table_names():
        return []
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT flow_task FROM engine_step WHERE status = 'NEW'")
        stored = [row[0] for row in cursor.fetchall()]
    return [
        Error(
            f"Open steps are stored for {reference}, which no flow has any more.",
            hint="Bring the node back, or move the steps in a data migration; a changed flow is a new class.",
            id="engine.E002",
        )
        for reference in stored
        if not node_is_known(reference)
    ]
