"""Settings: one frozen record, read once from the environment.

Every variable is described in docs/reference/settings.md (a test compares). In production a missing
value stops the process and all missing names are listed at once. Business numbers are not here: they
are policy rows with effective dates.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from marketplace.core.bucket_settings import BucketPlace, bucket_problems, read_bucket
from marketplace.core.idle import BOUNDS as IDLE_NAMES
from marketplace.core.idle import Idle, idle_problems
from marketplace.core.replica_settings import replica_problems, with_driver
from marketplace.core.traces_settings import TracesPlace, read_traces


class SettingsError(RuntimeError):
    """Names every setting that is missing or wrong."""


@dataclass(frozen=True, slots=True)
class Settings:
    mode: str
    database_url: str
    secret_key: str
    signing_key: str
    field_keys: tuple[str, ...]
    second_factor_compulsory: bool
    security_contact: str | None
    base_url: str
    instance: Path
    media: Path
    bucket: BucketPlace | None
    evidence: Path
    scan_command: str
    mail_url: str
    sms_url: str
    sms_inbound_secret: str
    redis_url: str | None
    gateway: str
    zarinpal_api_base: str
    zarinpal_merchant_id: str
    zarinpal_panel_url: str
    zarinpal_access_token: str
    zarinpal_terminal_id: str
    stripe_api_base: str
    stripe_api_key: str
    stripe_webhook_secret: str
    stripe_currency: str
    stripe_units_per_toman: int
    traces: TracesPlace | None
    trusted_hosts: tuple[str, ...]
    log_level: str
    outward_loopback: bool
    dns_server: str | None
    registry_url: str | None
    registry_key: str | None
    inquiry_url: str | None
    inquiry_key: str | None
    drand_urls: tuple[str, ...]
    shahkar_url: str | None
    bank_inquiry_url: str | None
    matching_key: str | None
    page_cache_mb: int
    badge_seconds: int
    trusted_proxies: int
    idle: Idle
    metrics_token: str
    metrics_folder: Path | None
    database_pooler: str
    replica_url: str | None
    most_at_once: int

    @property
    def is_demo(self) -> bool:
        return self.mode == "demo"

    @property
    def is_secure(self) -> bool:
        """Cookies are marked Secure and HSTS is sent where the public address is https."""
        return self.base_url.startswith("https://")


MOST_BADGE_SECONDS = 30
"""A browser and a shared cache in front of us may each keep a badge this long: a revocation shows within a minute."""
REQUIRED_IN_PRODUCTION = (
    "DATABASE_URL",
    "SECRET_KEY",
    "BASE_URL",
    "STRIPE_API_BASE",
    "STRIPE_API_KEY",
    "STRIPE_WEBHOOK_SECRET",
    "MAIL_URL",
    "SMS_URL",
)
REQUIRED_BY_ZARINPAL = ("ZARINPAL_MERCHANT_ID", "ZARINPAL_ACCESS_TOKEN", "ZARINPAL_TERMINAL_ID")
GATEWAYS = ("stripe", "zarinpal")
POOLERS = ("none", "transaction")
WHOLE_NUMBERS = (
    "STRIPE_UNITS_PER_TOMAN",
    "PORT",
    "SANDBOX_PORT",
    "PAGE_CACHE_MB",
    "BADGE_SECONDS",
    "TRUSTED_PROXIES",
    *IDLE_NAMES,
    "MOST_AT_ONCE",
    "TRACES_PERCENT",
)
DRAND_RELAYS = "https://api.drand.sh https://drand.cloudflare.com https://api2.drand.sh"
MODES = ("demo", "test", "production")


def read_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises SettingsError naming all that is missing or malformed."""
    env = dict(os.environ if environ is None else environ)
    mode, port = env.get("BAZARGAH_MODE", "demo"), env.get("PORT", "8000")
    instance = Path(env.get("INSTANCE_PATH") or Path.cwd() / "instance").absolute()
    if problems := _problems(env, mode, instance):
        raise SettingsError("; ".join(problems))
    sandbox = env.get("SANDBOX_PORT") or str(int(port) + 1)
    return Settings(
        mode=mode,
        database_url=with_driver(env.get("DATABASE_URL") or f"sqlite:///{instance / 'bazargah.db'}"),
        secret_key=env.get("SECRET_KEY") or _kept_secret(instance, "secret_key"),
        signing_key=env.get("SIGNING_KEY") or env.get("SECRET_KEY") or _kept_secret(instance, "signing_key"),
        field_keys=_field_keys(env, instance),
        second_factor_compulsory=_asks_officials_twice(env, mode),
        security_contact=_security_contact(env),
        base_url=env.get("BASE_URL", f"http://127.0.0.1:{port}").rstrip("/"),
        instance=instance,
        media=Path(env.get("MEDIA_URL") or instance / "media").absolute(),
        bucket=read_bucket(env),
        evidence=Path(env.get("EVIDENCE_PATH") or instance / "evidence").absolute(),
        scan_command=env.get("SCAN_COMMAND", "").strip(),
        mail_url=env.get("MAIL_URL") or f"file://{instance / 'outbox'}",
        sms_url=env.get("SMS_URL") or f"file://{instance / 'outbox'}",
        sms_inbound_secret=env.get("SMS_INBOUND_SECRET", ""),
        redis_url=env.get("REDIS_URL") or None,
        gateway=env.get("GATEWAY_KIND", "stripe"),
        zarinpal_api_base=env.get("ZARINPAL_API_BASE", "https://payment.zarinpal.com").rstrip("/"),
        zarinpal_merchant_id=env.get("ZARINPAL_MERCHANT_ID", ""),
        zarinpal_panel_url=env.get("ZARINPAL_PANEL_URL", "https://next.zarinpal.com/api/v4/graphql/"),
        zarinpal_access_token=env.get("ZARINPAL_ACCESS_TOKEN", ""),
        zarinpal_terminal_id=env.get("ZARINPAL_TERMINAL_ID", ""),
        stripe_api_base=env.get("STRIPE_API_BASE", f"http://127.0.0.1:{sandbox}").rstrip("/"),
        stripe_api_key=env.get("STRIPE_API_KEY", "sk_test_sandbox"),
        stripe_webhook_secret=env.get("STRIPE_WEBHOOK_SECRET") or _kept_secret(instance, "webhook_secret"),
        stripe_currency=env.get("STRIPE_CURRENCY", "irr"),
        stripe_units_per_toman=int(env.get("STRIPE_UNITS_PER_TOMAN", "10")),
        traces=read_traces(env),
        trusted_hosts=tuple(h for h in env.get("TRUSTED_HOSTS", "").split(",") if h),
        log_level=env.get("LOG_LEVEL", "INFO").upper(),
        outward_loopback=env.get("OUTWARD_LOOPBACK") == "1",
        dns_server=env.get("DNS_SERVER") or None,
        registry_url=(env.get("REGISTRY_URL") or "").rstrip("/") or None,
        registry_key=env.get("REGISTRY_KEY") or None,
        inquiry_url=(env.get("INQUIRY_URL") or "").rstrip("/") or None,
        inquiry_key=env.get("INQUIRY_KEY") or None,
        drand_urls=tuple(u for u in env.get("DRAND_URL", DRAND_RELAYS).replace(",", " ").split() if u),
        shahkar_url=env.get("SHAHKAR_URL") or None,
        bank_inquiry_url=env.get("BANK_INQUIRY_URL") or None,
        matching_key=env.get("MATCHING_KEY") or None,
        page_cache_mb=int(env.get("PAGE_CACHE_MB") or (0 if mode == "test" else 32)),
        badge_seconds=int(env.get("BADGE_SECONDS") or MOST_BADGE_SECONDS),
        trusted_proxies=int(env.get("TRUSTED_PROXIES") or 0),
        idle=Idle.of(env),
        metrics_token=env.get("METRICS_TOKEN", ""),
        metrics_folder=Path(env["PROMETHEUS_MULTIPROC_DIR"]) if env.get("PROMETHEUS_MULTIPROC_DIR") else None,
        database_pooler=env.get("DATABASE_POOLER") or "none",
        replica_url=with_driver(env.get("REPLICA_URL", "")) or None,
        most_at_once=int(env.get("MOST_AT_ONCE") or 0),
    )


def _problems(env: Mapping[str, str], mode: str, instance: Path) -> list[str]:
    problems = []
    if mode not in MODES:
        problems.append(f"BAZARGAH_MODE must be one of {', '.join(MODES)}")
    if mode == "production":
        missing = [name for name in _required(env) if not env.get(name)]
        if missing:
            problems.append("missing: " + ", ".join(missing))
        problems += [
            f"{name} must have at least 32 characters"
            for name in ("SECRET_KEY", "SIGNING_KEY", "METRICS_TOKEN")
            if env.get(name) and len(env[name]) < 32
        ]
    problems += _key_problems(env) + idle_problems(env)
    problems += _outside_problems(env, mode)
    problems += _folder_problems(env, instance)
    problems += _gateway_problems(env)
    for name in WHOLE_NUMBERS:
        if env.get(name) and not env[name].isdecimal():
            problems.append(f"{name} must be a whole number")
    if env.get("BADGE_SECONDS", "").isdecimal() and int(env["BADGE_SECONDS"]) > MOST_BADGE_SECONDS:
        problems.append(
            f"BADGE_SECONDS must be at most {MOST_BADGE_SECONDS}: a lost seal shows within a minute"
        )
    return problems


def _required(env: Mapping[str, str]) -> list[str]:
    """What production needs beside the gateway that was chosen."""
    if env.get("GATEWAY_KIND", "stripe") != "zarinpal":
        return list(REQUIRED_IN_PRODUCTION)
    others = [name for name in REQUIRED_IN_PRODUCTION if not name.startswith("STRIPE_")]
    return [*others, *REQUIRED_BY_ZARINPAL]


def _gateway_problems(env: Mapping[str, str]) -> list[str]:
    kind = env.get("GATEWAY_KIND", "stripe")
    if kind not in GATEWAYS:
        return [f"GATEWAY_KIND must be one of {', '.join(GATEWAYS)}"]
    if kind == "zarinpal" and not env.get("ZARINPAL_MERCHANT_ID"):
        return ["ZARINPAL_MERCHANT_ID is needed beside GATEWAY_KIND=zarinpal"]
    return []


def _folder_problems(env: Mapping[str, str], instance: Path) -> list[str]:
    """Private files must not lie where pictures are served from, nor in the program's own folder."""
    media, evidence = (
        Path(env.get(name) or instance / folder).absolute()
        for name, folder in (("MEDIA_URL", "media"), ("EVIDENCE_PATH", "evidence"))
    )
    if evidence.is_relative_to(media) or evidence.is_relative_to(Path(__file__).parent.parent):
        return ["EVIDENCE_PATH must lie outside the folders that are shown to everybody"]
    return []


def _field_keys(env: Mapping[str, str], instance: Path) -> tuple[str, ...]:
    """The keys that seal fields, the one in use first."""
    kept = tuple(env.get("FIELD_KEYS", "").split())
    return kept or (env.get("SECRET_KEY") or _kept_secret(instance, "secret_key"),)


def _asks_officials_twice(env: Mapping[str, str], mode: str) -> bool:
    """Compulsory in production unless it was switched off, elsewhere only where it was switched on."""
    return env.get("SECOND_FACTOR", "compulsory" if mode == "production" else "optional") == "compulsory"


def _security_contact(env: Mapping[str, str]) -> str | None:
    """The address for `security.txt`; nothing else than mail, telephone or a page."""
    contact = env.get("SECURITY_CONTACT", "").strip()
    return contact if contact.startswith(("mailto:", "tel:", "https://")) and contact.isprintable() else None


def _key_problems(env: Mapping[str, str]) -> list[str]:
    """What is wrong with the keys of fields and with what officials need to get in."""
    problems = []
    if any(len(key) < 32 for key in env.get("FIELD_KEYS", "").split()):
        problems.append("each of FIELD_KEYS must have at least 32 characters")
    if env.get("SECOND_FACTOR", "optional") not in ("compulsory", "optional"):
        problems.append("SECOND_FACTOR must be compulsory or optional")
    return problems


def _outside_problems(env: Mapping[str, str], mode: str) -> list[str]:
    """What is wrong with the ways out: a service whose answers could not be checked, a door for tests left open."""
    problems = [
        f"{service}_KEY is needed beside {service}_URL"
        for service in ("REGISTRY", "INQUIRY")
        if env.get(f"{service}_URL") and not env.get(f"{service}_KEY")
    ]
    problems += bucket_problems(env) + replica_problems(env)
    if env.get("DATABASE_POOLER", "none") not in POOLERS:
        problems.append(f"DATABASE_POOLER must be one of {', '.join(POOLERS)}")
    if mode == "production" and env.get("OUTWARD_LOOPBACK"):
        problems.append("OUTWARD_LOOPBACK is for tests alone")
    return problems


def _kept_secret(instance: Path, name: str) -> str:
    """A secret made once for demo and test and kept beside the database, readable by the owner alone."""
    path = instance / f"{name}.txt"
    if not path.exists():
        instance.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{os.getpid()}.tmp")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(48))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
