"""What can go wrong between a person and their account."""

from __future__ import annotations

from marketplace.core.errors import Conflict, Forbidden, Invalid, Malformed, TooMany


class SignInWrong(Invalid):
    """Mobile and password do not belong together; which of the two is wrong is not told."""

    code = "sign_in_wrong"


class PersonDisabled(Forbidden):
    """The office closed this account."""

    code = "person_disabled"


class CodeRefused(Malformed):
    """The one-time code is wrong, over, used, or was asked for by another browser."""

    code = "code_wrong"


class CodeTriesUsed(TooMany):
    """Five tries of one code, or fifty wrong guesses at one mobile in a day."""

    code = "code_tries_used"


class CodeTooSoon(TooMany):
    """The last code for this mobile is less than a minute old."""

    code = "code_too_soon"


class CodesUsedUp(TooMany):
    """Five codes within an hour for this mobile."""

    code = "codes_used_up"


class ChallengeNeeded(TooMany):
    """A limit is near: the next try needs a little work first, or a minute."""

    code = "challenge_needed"


class MobileTaken(Conflict):
    """Another person has this mobile."""

    code = "mobile_taken"


class SecondPersonNeeded(Conflict):
    """Who proposed an act cannot be its second person."""

    code = "second_person_needed"


class ApprovalWaits(Conflict):
    """The same act on the same subject is proposed already and waits for its second person."""

    code = "approval_waits"


class ApprovalOver(Conflict):
    """The proposal was decided, withdrawn, or lapsed meanwhile."""

    code = "approval_over"


class ApprovalChanged(Conflict):
    """What is proposed is not what the second person saw."""

    code = "approval_changed"


class SecondFactorWrong(Malformed):
    """The code of the authenticator app or the recovery code is wrong, or was used before."""

    code = "second_factor_wrong"


class SecondFactorTriesUsed(TooMany):
    """Five wrong tries in five minutes, twenty in an hour or fifty in a day."""

    code = "second_factor_tries_used"


class SecondFactorHeld(Conflict):
    """An authenticator app is set up already."""

    code = "second_factor_held"


class SecondFactorCompulsory(Conflict):
    """An official keeps at least one second factor."""

    code = "second_factor_compulsory"


class SecondFactorNeeded(Forbidden):
    """This installation opens its desks only to officials who signed in with a second factor."""

    code = "second_factor_needed"


class ProofNeeded(Forbidden):
    """The act asks that whoever sits there proves themselves again."""

    code = "proof_needed"


class PasskeyRefused(Malformed):
    """What the passkey signed is not what was asked, or it is not one of this person's."""

    code = "passkey_refused"
