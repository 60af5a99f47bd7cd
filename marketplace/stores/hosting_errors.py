"""What hosting refuses."""

from __future__ import annotations

from marketplace.core.errors import Conflict


class NotForHosting(Conflict):
    """The host is no sealed online store, or the guest no unsealed shop on a street; each is named."""

    code = "not_for_hosting"


class AlreadyHosted(Conflict):
    """The guest has a host, or a proposal that waits."""

    code = "already_hosted"


class HostingOver(Conflict):
    """The hosting is in another state than the page believed."""

    code = "hosting_over"
