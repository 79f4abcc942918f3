"""What a supervisor, a proxy and a monitoring system may ask: is it alive, is it ready, how is it doing. No person's data."""

import hmac
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

# A worker without a heartbeat for a minute is gone; procrastinate's beats every ten seconds.
# One look for everything a monitoring system watches: name, help, label, query of (label's value, number).
WATCHED: tuple[tuple[str, str, str, str], ...] = (
    (
        "hetang_open_shares",
        "Shares that are asked for now, by whether their step is late",
        "late",
        "SELECT COALESCE(step.due_on < (now() AT TIME ZONE 'Asia/Shanghai')::date, false)::text, count(*)"
        "  FROM engine_assignment AS share JOIN engine_step AS step ON step.id = share.step_id"
        "  JOIN engine_run AS run ON run.id = share.run_id AND NOT run.confidential"
        " WHERE share.status = 'open' GROUP BY 1",
    ),
    (
        "hetang_letters",
        "Letters on their way outside, by state",
        "state",
        "SELECT state, count(*) FROM notifications_delivery WHERE state IN ('todo', 'parked', 'failed') GROUP BY 1",
    ),
    (
        "hetang_jobs",
        "Jobs by status; failed ones need somebody to look",
        "status",
        "SELECT status::text, count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing', 'failed') GROUP BY 1",
    ),
    (
        "hetang_oldest_job_seconds",
        "How long the oldest job that is due has waited",
        "queue",
        "SELECT job.queue_name, EXTRACT(epoch FROM now() - min(COALESCE(job.scheduled_at, event.at)))"
        "  FROM procrastinate_jobs AS job JOIN procrastinate_events AS event ON event.job_id = job.id"
        " WHERE job.status = 'todo' AND event.type = 'deferred' AND COALESCE(job.scheduled_at, now()) <= now()"
        " GROUP BY 1",
    ),
    (
        "hetang_workers",
        "Workers whose heart beats",
        "kind",
        "SELECT 'worker', count(*) FROM procrastinate_workers"
        " WHERE last_heartbeat > now() - interval '1 min'",
    ),
    (
        "hetang_requests",
        "Requests of the last five minutes, by the hundred of their status",
        "status",
        "SELECT (status / 100)::text || 'xx', count(*) FROM permissions_access"
        " WHERE at > now() - interval '5 min' AND method <> 'COMMAND' GROUP BY 1",
    ),
    (
        "hetang_request_milliseconds",
        "How long the requests of the last five minutes took",
        "quantile",
        "SELECT which, percentile FROM (SELECT percentile_disc(ARRAY[0.5, 0.95, 0.99])"
        " WITHIN GROUP (ORDER BY milliseconds) AS found FROM permissions_access"
        " WHERE at > now() - interval '5 min' AND method <> 'COMMAND') AS asked,"
        " unnest(ARRAY['0.5', '0.95', '0.99'], found) AS each(which, percentile) WHERE percentile IS NOT NULL",
    ),
)


@never_cache
@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """The process answers; asks nothing of anybody else."""
    return HttpResponse("alive\n", content_type="text/plain")


@never_cache
@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """200 when people can work here, 503 (by errors_http.broken) when the database is away; one statement.

    A worker that is gone is said and keeps nobody out: pages and decisions go on, letters and reminders wait.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 min'"
        )
        workers = cursor.fetchone()[0]
    return JsonResponse({"database": "ok", "workers": workers})


@never_cache
@require_GET
def metrics(request: HttpRequest) -> HttpResponse:
    """Numbers in the text form of Prometheus, for whoever bears HETANG_METRICS_TOKEN; to all others there is no such page."""
    token = settings.METRICS_TOKEN
    said = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if not token or not hmac.compare_digest(said.encode(), token.encode()):
        raise Http404
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Watch())  # type: ignore[arg-type]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Watch:
    """What is watched, read when it is asked for: one statement each, none that grows with the history."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield a family of numbers for each entry of WATCHED."""
        with connection.cursor() as cursor:
            for name, said, label, query in WATCHED:
                family = GaugeMetricFamily(name, said, labels=[label])
                cursor.execute(query)
                rows: list[tuple[Any, Any]] = cursor.fetchall()
                for value, number in rows:
                    family.add_metric([str(value)], float(number))
                yield family
