"""What a person is told of a browser and of a network: enough to know their own, no more."""

from __future__ import annotations

import pytest

from marketplace.accounts.devices import Device, device_of, masked_network

ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-A546E) AppleWebKit/537.36 Chrome/{}.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "browser", "system"),
    [
        (ANDROID.format(126), "Chrome", "Android"),
        (ANDROID.format(126) + " Edg/126.0", "Edge", "Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1",
            "Safari",
            "iPhone",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox", "Linux"),
        ("curl/8.5.0", "", ""),
        ("", "", ""),
    ],
)
def test_a_device_has_a_browser_and_a_system(agent, browser, system):
    assert device_of(agent) == Device(browser, system)


def test_an_update_makes_no_new_device():
    assert device_of(ANDROID.format(126)) == device_of(ANDROID.format(141))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("5.160.12.7", "5.160.…"),
        ("::ffff:5.160.12.7", "5.160.…"),
        ("2a01:5ec0:1:2:3:4:5:6", "2a01:5ec0:…"),
        ("", ""),
        ("unix:", ""),
        ("5.160.12.7, 10.0.0.1", ""),
    ],
)
def test_the_end_of_an_address_is_cut(address, shown):
    assert masked_network(address) == shown
