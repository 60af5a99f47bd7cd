"""Which addresses of strangers are gone to at all: only the open net, in whatever dress an address comes."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.core.public_addresses import OutwardRefused, check_url, is_public

OURS = (
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "192.0.2.7",
    "198.18.0.1",
    "192.88.99.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "2001:0:1::1",
    "fc00::1",
    "fe80::1%eth0",
    "ff02::1",
    "2001:db8::1",
    "no address",
    "",
)


@pytest.mark.parametrize("address", OURS)
def test_what_is_ours_is_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "185.143.232.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_the_open_net_is_public(address):
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_the_same_in_its_mapped_dress(address):
    assert is_public(f"::ffff:{address}") == is_public(str(address))


@given(st.ip_addresses(network="127.0.0.0/8"))
def test_loopback_is_open_only_where_it_was_asked_for(address):
    assert not is_public(str(address))
    assert is_public(str(address), allow_loopback=True)


@given(st.ip_addresses(network="10.0.0.0/8") | st.ip_addresses(network="169.254.0.0/16"))
def test_allowing_loopback_opens_nothing_else(address):
    assert not is_public(str(address), allow_loopback=True)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("ftp://shop.example/x", "scheme_not_allowed"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("gopher://shop.example", "scheme_not_allowed"),
        ("//shop.example", "scheme_not_allowed"),
        ("", "scheme_not_allowed"),
        ("http://", "bad_address"),
        ("http://shop.example:8080/", "port_not_allowed"),
        ("http://shop.example:22/", "port_not_allowed"),
        ("http://shop.example:99999/", "bad_address"),
        ("http://user@shop.example/", "bad_address"),
        ("http://user:word@shop.example/", "bad_address"),
        ("http://shop.example\\@127.0.0.1/", "bad_address"),
        ("http://shop.example/\r\nHost: inner", "bad_address"),
        ("http://shop .example/", "bad_address"),
        ("http://2130706433/", "bad_address"),
        ("http://0x7f000001/", "bad_address"),
        ("http://0x7f.1/", "bad_address"),
        ("http://0177.0.0.1/", "bad_address"),
        ("http://127.1/", "bad_address"),
        ("http://1.2.3.4.5/", "bad_address"),
        ("http://127.0.0.1/", "address_not_public"),
        ("http://[::1]/", "address_not_public"),
        ("http://[::ffff:10.0.0.1]/", "address_not_public"),
        ("http://" + "a" * 3000, "bad_address"),
        ("http://" + "a" * 64 + ".example/", "bad_address"),
    ],
)
def test_bad_addresses_are_refused_before_anything_is_asked(url, code):
    with pytest.raises(OutwardRefused) as told:
        check_url(url)
    assert told.value.code == code


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://Shop.Example", "https://shop.example/"),
        ("https://shop.example./a?b=1#c", "https://shop.example/a?b=1"),
        ("http://shop.example:80/", "http://shop.example:80/"),
        ("http://فروشگاه.example/", "http://xn--mgbtj4c7ad63e.example/"),
        ("http://[2606:4700::1111]/", "http://[2606:4700::1111]/"),
    ],
)
def test_good_addresses_get_their_plain_form(url, plain):
    assert check_url(url) == plain


@given(st.text(max_size=60))
def test_whatever_is_typed_is_refused_or_checked(text):
    try:
        plain = check_url(f"http://{text}")
    except OutwardRefused:
        return
    assert check_url(plain) == plain
    with_port = plain.removeprefix("http://").partition("/")[0].strip("[]")
    try:
        address = ipaddress.ip_address(with_port)
    except ValueError:
        return
    assert is_public(str(address))
