"""Settings: read once, and in production complete or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from marketplace.core.settings import REQUIRED_IN_PRODUCTION, SettingsError, read_settings
from tests.databases import ROOT

COMPLETE = {
    "BAZARGAH_MODE": "production",
    "DATABASE_URL": "postgresql://bazargah@db/bazargah",
    "SECRET_KEY": "k" * 32,
    "BASE_URL": "https://bazargah.example/",
    "STRIPE_API_BASE": "https://gateway.example/",
    "STRIPE_API_KEY": "sk_live_x",
    "STRIPE_WEBHOOK_SECRET": "whsec_x",
    "MAIL_URL": "smtp://mail.example:25",
    "SMS_URL": "https://sms.example/send",
}


def test_production_names_everything_that_is_missing():
    with pytest.raises(SettingsError) as caught:
        read_settings({"BAZARGAH_MODE": "production"})
    assert all(name in str(caught.value) for name in REQUIRED_IN_PRODUCTION)


@pytest.mark.parametrize("name", REQUIRED_IN_PRODUCTION)
def test_production_names_the_one_that_is_missing(name):
    with pytest.raises(SettingsError, match=f"missing: {name}$"):
        read_settings({**COMPLETE, name: ""})


def test_all_faults_are_told_at_once():
    with pytest.raises(SettingsError) as caught:
        read_settings(
            {
                "BAZARGAH_MODE": "production",
                "SECRET_KEY": "short",
                "PORT": "eighty",
                "STRIPE_UNITS_PER_TOMAN": "1.5",
            }
        )
    told = str(caught.value)
    assert all(word in told for word in ("missing", "32 characters", "PORT", "STRIPE_UNITS_PER_TOMAN"))


def test_an_unknown_mode_is_refused():
    with pytest.raises(SettingsError, match="BAZARGAH_MODE"):
        read_settings({"BAZARGAH_MODE": "prod"})


def test_complete_production_settings(tmp_path):
    settings = read_settings(
        {**COMPLETE, "INSTANCE_PATH": str(tmp_path), "TRUSTED_HOSTS": "a.example,b.example"}
    )
    assert settings.database_url == "postgresql+psycopg://bazargah@db/bazargah"
    assert settings.base_url == "https://bazargah.example"
    assert settings.stripe_api_base == "https://gateway.example"
    assert settings.is_secure
    assert not settings.is_demo
    assert settings.trusted_hosts == ("a.example", "b.example")
    assert list(tmp_path.iterdir()) == []


def test_the_demo_makes_its_own_secrets_and_keeps_them_private(tmp_path):
    environ = {"INSTANCE_PATH": str(tmp_path / "instance")}
    first, second = read_settings(environ), read_settings(environ)
    assert first.is_demo
    assert first == second
    assert len(first.secret_key) >= 32
    assert first.secret_key != first.stripe_webhook_secret
    for file in (tmp_path / "instance").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_sandbox_sits_beside_the_site(tmp_path):
    settings = read_settings({"INSTANCE_PATH": str(tmp_path), "PORT": "9000"})
    assert settings.base_url == "http://127.0.0.1:9000"
    assert settings.stripe_api_base == "http://127.0.0.1:9001"


def test_settings_cannot_be_changed(tmp_path):
    settings = read_settings({"INSTANCE_PATH": str(tmp_path)})
    with pytest.raises(AttributeError):
        settings.mode = "production"


def test_an_incomplete_process_does_not_start(tmp_path):
    environ = {
        "PATH": os.environ["PATH"],
        "BAZARGAH_MODE": "production",
        "INSTANCE_PATH": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    last = done.stderr.strip().splitlines()[-1]
    assert all(name in last for name in REQUIRED_IN_PRODUCTION)
    assert list(tmp_path.iterdir()) == []


def test_the_chosen_gateway_alone_is_asked_for_its_settings(tmp_path):
    fine = {
        "BAZARGAH_MODE": "production",
        "DATABASE_URL": "postgresql://u:p@h/n",
        "SECRET_KEY": "x" * 40,
        "BASE_URL": "https://example.org",
        "MAIL_URL": "smtp://h",
        "SMS_URL": "https://h",
        "INSTANCE_PATH": str(tmp_path),
        "STRIPE_WEBHOOK_SECRET": "w",
        "GATEWAY_KIND": "zarinpal",
        "ZARINPAL_MERCHANT_ID": "1344b5d4-0048-11e8-94db-005056a205be",
        "ZARINPAL_ACCESS_TOKEN": "t",
        "ZARINPAL_TERMINAL_ID": "7",
    }
    assert read_settings(fine).gateway == "zarinpal"
    for name in ("ZARINPAL_MERCHANT_ID", "ZARINPAL_ACCESS_TOKEN", "ZARINPAL_TERMINAL_ID"):
        with pytest.raises(SettingsError, match=name):
            read_settings({k: v for k, v in fine.items() if k != name})
    with pytest.raises(SettingsError, match="GATEWAY_KIND"):
        read_settings({**fine, "GATEWAY_KIND": "cash"})
