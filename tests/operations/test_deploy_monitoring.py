"""Alerts fire when they should and not otherwise; every figure that an alert or the dashboard names is one of ours."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from math import inf
from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client.metrics import MetricWrapperBase

from marketplace.core import health, metrics
from tests.needs import have

pytestmark = pytest.mark.databases("sqlite")
DEPLOY = Path(__file__).parents[2] / "deploy"
ALERTS = (DEPLOY / "alerts.yml").read_text("utf-8")
DASHBOARD = (DEPLOY / "grafana" / "bazargah.json").read_text("utf-8")


OF_OTHER_HOUSES = {"bazargah_redis_up", "bazargah_replica_up", "bazargah_replica_lag_seconds"}
"""Told where there is one."""


def exported(app) -> set[str]:
    """Every name that a web server or a worker tells, as Prometheus knows it."""
    with app.app_context():
        names = {f"bazargah_{figure.name}" for figure in health.all_figures()} | OF_OTHER_HOUSES
    for each in vars(metrics).values():
        if isinstance(each, MetricWrapperBase):
            (metric,) = each.describe()
            endings = {"counter": ("_total",), "histogram": ("_bucket", "_count", "_sum")}.get(
                metric.type, ("",)
            )
            names |= {metric.name + ending for ending in endings}
    return names


def expressions() -> list[str]:
    panels = json.loads(DASHBOARD)["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


@pytest.mark.of_sqlite
@pytest.mark.parametrize("text", [ALERTS, DASHBOARD], ids=["alerts", "dashboard"])
def test_every_figure_named_is_told(app, ctx, text):
    named = set(re.findall(r"\bbazargah_[a-z_]+\b", text))
    assert len(named) > 12
    assert not named - exported(app)


def test_every_figure_told_is_on_the_dashboard(app, ctx):
    named = set(re.findall(r"\bbazargah_[a-z_]+\b", DASHBOARD))
    told = {re.sub(r"_(bucket|count|sum)$", "", name) for name in exported(app)}
    assert not told - {re.sub(r"_bucket$", "", name) for name in named}


def test_what_only_some_houses_tell_they_do_tell(app, ctx, settings):
    """With Redis and with a replica, both away here."""
    app.config["SETTINGS"] = replace(settings, redis_url="redis://127.0.0.1:1/0")
    app.extensions["bazargah_replica"] = SimpleNamespace(lag=lambda: inf)
    try:
        told = {f"bazargah_{figure.name}": figure.samples for figure in health.all_figures()}
    finally:
        app.config["SETTINGS"] = settings
        del app.extensions["bazargah_replica"]
    assert told.keys() >= OF_OTHER_HOUSES
    assert told["bazargah_redis_up"] == told["bazargah_replica_up"] == (({}, 0.0),)


def test_every_count_is_counted_somewhere():
    house = [path for path in (DEPLOY.parent / "marketplace").rglob("*.py") if path.name != "metrics.py"]
    texts = [text for path in house if "metrics" in (text := path.read_text("utf-8"))]
    names = [name for name, each in vars(metrics).items() if isinstance(each, MetricWrapperBase)]
    assert len(names) > 8
    assert not [name for name in names if not any(re.search(rf"\b{name}\b", text) for text in texts)]


def labels_told(app) -> dict[str, set[str]]:
    """The labels of every figure, by its name without the ending of a counter or a histogram."""
    found = {f"bazargah_{figure.name}": set(figure.samples[0][0]) for figure in health.all_figures()}
    for each in vars(metrics).values():
        if isinstance(each, MetricWrapperBase):
            (metric,) = each.describe()
            found[metric.name] = set(each._labelnames)
    return found | {name: set() for name in OF_OTHER_HOUSES}


def test_every_label_asked_for_is_one_of_the_figures(app, ctx):
    """A matcher or a `by` of a label that a figure does not have is no error for Prometheus: it finds nothing."""
    told, asked = labels_told(app), 0
    for expression in expressions() + re.findall(r"expr: (?:>-\n)?((?:.|\n)+?)\n +(?:- |labels|for)", ALERTS):
        named = re.findall(r"\bbazargah_[a-z_]+\b", expression)
        known = {"le", "job"}.union(
            *(told[re.sub(r"_(total|bucket|count|sum)$", "", name)] for name in named)
        )
        wanted = {
            each
            for inside in re.findall(r"\{([^}]*)\}", expression)
            for each in re.findall(r"(\w+)[=!]", inside)
        }
        wanted |= {
            each
            for inside in re.findall(r"by \(([^)]*)\)", expression)
            for each in re.findall(r"\w+", inside)
        }
        asked += len(wanted)
        assert wanted <= known, expression
    assert asked > 20


def test_every_recorded_rule_that_is_used_is_recorded():
    recorded = set(re.findall(r"record: (\S+)", ALERTS))
    used = set(re.findall(r"\bbazargah:[a-z_]+:[a-z0-9_]+", ALERTS + DASHBOARD))
    assert used <= recorded
    assert recorded <= used, "a rule that nobody reads"


def test_every_route_named_exists(app):
    rules = {rule.rule for rule in app.url_map.iter_rules()}
    named = {
        r for found in re.findall(r'route=~?\\?"([^"\\]+)', ALERTS + DASHBOARD) for r in found.split("|")
    }
    assert named
    assert named <= rules


def series(name: str, labels: str, *steps: tuple[float, int]) -> dict[str, str]:
    """A counter that grows by so much a minute for so many minutes, one stretch after the other."""
    values, at = [], 0.0
    for growth, minutes in steps:
        values.append(f"{at:.3f}+{growth:.3f}x{minutes - 1}")
        at += growth * minutes
    return {"series": f"{name}{{{labels}}}", "values": " ".join(values)}


def requests(*steps: tuple[float, int], route: str = "/", method: str = "GET") -> list[dict[str, str]]:
    """A thousand requests a minute, of which this share fails for so many minutes."""
    name, labels = "bazargah_http_requests_total", f'method="{method}",route="{route}"'
    good = series(name, f'{labels},status="200"', *((1000 * (1 - share), m) for share, m in steps))
    bad = series(name, f'{labels},status="503"', *((1000 * share, m) for share, m in steps))
    return [good, bad]


DAYS = 3 * 1440
"""Three days: the longest window."""
BURNS = [
    ("all is well", requests((0.0005, DAYS)), DAYS - 20, set()),
    ("a short burst is no alarm", requests((0, DAYS), (0.02, 2), (0, 60)), DAYS + 40, set()),
    ("two of a hundred for an hour", requests((0, DAYS), (0.02, 70)), DAYS + 60, {"Bazargah{}Burn14_4"}),
    ("it ends soon after its cause", requests((0, DAYS), (0.02, 70), (0, 40)), DAYS + 100, set()),
    ("seven of a thousand for six hours", requests((0, DAYS), (0.007, 380)), DAYS + 360, {"Bazargah{}Burn6"}),
    ("a little too much for days", requests((0.0015, DAYS)), DAYS - 20, {"Bazargah{}Burn1"}),
]


CHECKOUT_BURNS = [
    (((0, DAYS), (0.01, 70)), DAYS + 60, "BazargahCheckoutBurn14_4"),
    (((0, DAYS), (0.0035, 380)), DAYS + 360, "BazargahCheckoutBurn6"),
    (((0.00075, DAYS),), DAYS - 20, "BazargahCheckoutBurn1"),
]


def alerts_at(
    folder: Path,
    given: list[dict[str, str]],
    minute: int,
    wanted: set[str],
    every: int = 20,
    silent: frozenset[str] = frozenset(),
    labels: dict[str, str] | None = None,
) -> str:
    """Has promtool play the series, looking `every` so many minutes; gives what it complains of.

    Alerts about burning allowances, and those that are to be `silent`, must be so when they are not wanted. Those that
    are wanted have these `labels` of the series beside their own.
    """
    names = set(re.findall(r"alert: (\S+)", ALERTS))
    rules = folder / "alerts.yml"
    rules.write_text(re.sub(r"\n +annotations:\n +summary: .*", "", ALERTS), "utf-8")
    severity = dict(re.findall(r"alert: (\S+)\n(?:.*\n)*?.*labels: (\{.*\})", ALERTS))
    tests = [
        {"eval_time": f"{minute}m", "alertname": name,
         "exp_alerts": [{"exp_labels": labels_of(severity[name]) | (labels or {})}] if name in wanted else []}
        for name in sorted(names) if name in wanted or name in SILENT | silent
    ]  # fmt: skip
    case = {"rule_files": [str(rules)], "evaluation_interval": f"{every}m", "group_eval_order": GROUPS,
            "tests": [{"interval": "1m", "input_series": given, "alert_rule_test": tests}]}  # fmt: skip
    (folder / "case.yml").write_text(json.dumps(case), "utf-8")
    done = subprocess.run(
        [str(have("promtool")), "test", "rules", str(folder / "case.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


GROUPS = re.findall(r"- name: (\S+)", ALERTS)
"""As in the file: alerts read what the group before them records. Left to itself promtool takes any order."""
SILENT = {name for name in re.findall(r"alert: (\S+)", ALERTS) if "Burn" in name or name == "BazargahSlow"}


def labels_of(written: str) -> dict[str, str]:
    return dict(re.findall(r"(\w+): (\w+)", written))


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(
    ("given", "minute", "wanted"), [case[1:] for case in BURNS], ids=[case[0] for case in BURNS]
)
def test_the_allowance_burns(tmp_path, given, minute, wanted):
    assert not alerts_at(tmp_path, given, minute, {name.format("Pages") for name in wanted})


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(
    ("steps", "minute", "wanted"), CHECKOUT_BURNS, ids=[one[2] for one in CHECKOUT_BURNS]
)
def test_the_allowance_of_checkouts_burns_beside_many_pages(tmp_path, steps, minute, wanted):
    given = requests((0, DAYS + 400)) + requests(*steps, route="/checkout", method="POST")
    given.append(series("bazargah_http_requests_total", 'route="/search",status="200"', (30_000, DAYS + 400)))
    assert not alerts_at(tmp_path, given, minute, {wanted})


@pytest.mark.needs("promtool")
def test_checkout_is_held_to_more(tmp_path):
    """Eight of a thousand checkouts burn sixteen times their allowance, and hardly any of all requests'."""
    given = requests((0, DAYS + 100)) + requests((0, DAYS + 100), route="/stores")
    given += requests((0, DAYS), (0.008, 100), route="/checkout", method="POST")
    assert not alerts_at(tmp_path, given, DAYS + 80, {"BazargahCheckoutBurn14_4"})


HOUSE = [
    ("bazargah_database_up", "0", "BazargahDatabaseAway"),
    ("bazargah_redis_up", "0", "BazargahRedisAway"),
    ("bazargah_clock_off_seconds", "-3600", "BazargahClockOff"),
    ("bazargah_replica_lag_seconds", "500", "BazargahReplicaBehind"),
    ("bazargah_gateway_circuit_open", "1", "BazargahGatewayAway"),
    ("bazargah_jobs_lag_seconds", "500", "BazargahJobsLag"),
    ("bazargah_holds_overdue_seconds", "500", "BazargahHoldsOverdue"),
    ("bazargah_invariants_broken", "1", "BazargahInvariantsBroken"),
    ("bazargah_invariants_age_seconds", "9000", "BazargahInvariantsUnseen"),
    ("bazargah_backup_age_seconds", "100000", "BazargahBackupOld"),
    ("bazargah_disk_free_bytes", "1000", "BazargahDiskLow"),
    ("bazargah_database_wal_bytes", "400000000", "BazargahWalLarge"),
    ("bazargah_sweep_lag_seconds", "500", "BazargahWorkerDown"),
]


@pytest.mark.needs("promtool")
def test_what_ails_the_house_is_told_once_though_two_servers_tell_it(tmp_path):
    given = [
        {"series": f'{name}{{instance="{instance}"}}', "values": f"{value}x30"}
        for name, value, _ in HOUSE
        for instance in ("a", "b")
    ]
    assert not alerts_at(tmp_path, given, 20, {alert for _, _, alert in HOUSE}, every=1)


ALONE = [
    (
        "BazargahDown",
        {'up{job="bazargah-web",instance="a"}': "0x30"},
        {"job": "bazargah-web", "instance": "a"},
    ),
    ("BazargahStaleNews", {'bazargah_gateway_stale_news_total{instance="a"}': "0+1x30"}, {}),
    ("BazargahDeadJobs", {'bazargah_jobs{state="dead"}': "1x30"}, {}),
    (
        "BazargahSweepTroubled",
        {'bazargah_sweep_troubled{sweep="send_queued"}': "1x30"},
        {"sweep": "send_queued"},
    ),
    ("BazargahTurnedAway", {'bazargah_http_turned_away_total{kind="others"}': "0+90x30"}, {}),
    (
        "BazargahSlow",
        {
            'bazargah_http_request_seconds_bucket{le="1.0",route="/"}': "0+980x30",
            'bazargah_http_request_seconds_count{route="/"}': "0+1000x30",
        },
        {},
    ),
]
"""An alert, what is told when it is due, and the labels that it hands on."""


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(("alert", "told", "labels"), ALONE, ids=[one[0] for one in ALONE])
def test_an_alert_tells_of_what_it_is_named_after_and_of_nothing_else(tmp_path, alert, told, labels):
    given = [{"series": name, "values": values} for name, values in told.items()]
    others = frozenset(re.findall(r"alert: (\S+)", ALERTS))
    assert not alerts_at(tmp_path, given, 25, {alert}, every=1, silent=others, labels=labels)


UNDONE: list[tuple[str, float, set[str]]] = [
    ("given up", 1.0, {"BazargahCollisions"}),
    ("given up", 0.1, set()),
    ("done again", 60.0, set()),
]


def test_every_alert_is_seen_to_fire():
    seen = (
        {alert for _, _, alert in HOUSE}
        | {alert for alert, _, _ in ALONE}
        | {one[2] for one in CHECKOUT_BURNS}
    )
    seen |= {name.format("Pages") for _, _, _, names in BURNS for name in names}
    seen |= {name for _, _, names in UNDONE for name in names}
    assert seen == set(re.findall(r"alert: (\S+)", ALERTS))


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(
    ("lags", "wanted"),
    [
        (("0+60x30", "0+60x30"), {"BazargahWorkerDown"}),
        (("0+60x30", "15x30"), set()),
        (("315360000x30", "315360000x30"), {"BazargahWorkerDown"}),
    ],
    ids=["nobody does the jobs", "one sweep of two hangs", "nobody ever did"],
)
def test_nobody_does_the_jobs_when_no_sweep_ends_whoever_is_asked(tmp_path, lags, wanted):
    """A worker that answers no figures, or none of its own where the web server does the jobs, is no alarm."""
    given = [
        {"series": f'bazargah_sweep_lag_seconds{{sweep="{name}",instance="{instance}"}}', "values": values}
        for name, values in zip(("send_queued", "end_offers"), lags, strict=True)
        for instance in ("a", "b")
    ]
    given.append({"series": 'up{job="bazargah-worker"}', "values": "0x30"})
    silent = frozenset({"BazargahWorkerDown", "BazargahDown"})
    assert not alerts_at(tmp_path, given, 20, wanted, every=1, silent=silent)


@pytest.mark.needs("promtool")
@pytest.mark.parametrize(
    ("outcome", "a_minute", "wanted"), UNDONE, ids=["again and again", "by chance", "nobody heard of it"]
)
def test_what_is_undone_each_time_is_told(tmp_path, outcome, a_minute, wanted):
    given = [series("bazargah_collisions_total", f'outcome="{outcome}"', (a_minute, 30))]
    assert not alerts_at(tmp_path, given, 20, wanted, every=1, silent=frozenset({"BazargahCollisions"}))


@pytest.mark.needs("promtool")
def test_control_a_wrong_expectation_is_noticed(tmp_path):
    assert "FAILED" in alerts_at(tmp_path, requests((0, 60)), 40, {"BazargahPagesBurn14_4"})
