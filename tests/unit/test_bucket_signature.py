"""The signature of object storage against the examples that its makers published."""

from __future__ import annotations

from datetime import UTC, datetime

from marketplace.core.buckets import NOTHING, Identity, sign

WHO = Identity("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY")
HOST = "examplebucket.s3.amazonaws.com"
AT = datetime(2013, 5, 24, tzinfo=UTC)


def signature(method, path, query, headers, digest=NOTHING):
    told = sign(WHO, method, HOST, path, query, headers, digest, AT)["authorization"]
    return told.rpartition("Signature=")[2]


def test_an_object_is_read():
    seen = signature("GET", "/test.txt", {}, {"range": "bytes=0-9"})
    assert seen == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"


def test_an_object_is_written():
    digest = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072"
    told = {"date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"}
    seen = signature("PUT", "/test$file.text", {}, told, digest)
    assert seen == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"


def test_objects_are_listed():
    seen = signature("GET", "/", {"max-keys": "2", "prefix": "J"}, {})
    assert seen == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
