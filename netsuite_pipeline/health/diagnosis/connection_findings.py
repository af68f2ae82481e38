"""What a look at the connection means: from the evidence to one finding a subject. Pure."""

from collections.abc import Mapping

from netsuite_pipeline.health.diagnosis.connection_causes import (
    CLOCK,
    concurrency_causes,
    deleted_records_causes,
    host_causes,
    rest_causes,
    soap_causes,
    suiteql_causes,
    too_high_causes,
    unclear_cause,
)
from netsuite_pipeline.health.diagnosis.evidence import ALLOWED_SKEW_SECONDS, Answer, Evidence, Outcome
from netsuite_pipeline.health.diagnosis.sign_in_causes import sign_in_causes
from netsuite_pipeline.health.findings import Cause, Finding, State
from netsuite_pipeline.netsuite.errors import LOGIN_AUDIT_TRAIL
from netsuite_pipeline.wording import formatted_time

Facts = Mapping[str, int | float | str]

# NSH:chapter_157769826287.
WHY_NO_SOAP = (
    "not tried: SOAP knows no OAuth 2.0, its token passports need TBA values. Nothing of the pipeline needs "
    "SOAP."
)

_DRIFTS_SECONDS = 120.0
_SEEN_IN_TRAIL = (
    f"All refused sign-ins look alike from outside; which cause it is, only the Login Audit Trail says: "
    f"{LOGIN_AUDIT_TRAIL}."
)


def connection_findings(evidence: Evidence) -> tuple[Finding, ...]:
    """The findings host, clock, sign_in, rest, suiteql, deleted_records and concurrency, in this order.

    Throttling, outages and unknown hosts never become findings about sign-in or rights.

    Args:
        evidence: What was gathered.
    """
    return (
        _host(evidence),
        _clock(evidence),
        _sign_in(evidence),
        _rest(evidence),
        _suiteql(evidence),
        _deleted_records(evidence),
        _concurrency(evidence),
    )


def soap_finding(evidence: Evidence) -> Finding:
    """The finding `soap`: a warning at most, as nothing of the pipeline needs SOAP."""
    if not evidence.uses_tba:
        return _unknown("soap", WHY_NO_SOAP)
    soap = evidence.soap
    match soap.outcome:
        case Outcome.ANSWERED:
            return _ok("soap", "The role may use SOAP web services.")
        case Outcome.DENIED:
            return _not_ok(
                "soap",
                State.WARNING,
                f"SOAP is not permitted: {soap.words} Nothing of the pipeline needs it.",
                soap_causes(evidence),
            )
        case Outcome.REFUSED if evidence.refusal:
            return _unknown("soap", "SOAP refuses the sign-in too")
        case Outcome.REFUSED:
            # open question 6: which fault a role without SOAP Web Services gets.
            seen = "SOAP refuses the sign-in that REST accepts. Nothing of the pipeline needs SOAP."
            return _not_ok("soap", State.WARNING, seen, soap_causes(evidence))
    return _unknown("soap", soap.words or _why_not_asked(evidence))


def _host(evidence: Evidence) -> Finding:
    where = evidence.host
    failing = next(
        (each for each in (evidence.server_time, evidence.suiteql, evidence.rest) if each.fails), None
    )
    if failing is None:
        took = "" if evidence.milliseconds is None else f" ({evidence.milliseconds} ms)"
        facts = {} if evidence.milliseconds is None else {"milliseconds": evidence.milliseconds}
        return _ok("host", f"{where} answers{took}", facts)
    said = failing.error.message if failing.error else ""
    partly = any(each.reached for each in evidence.answers)
    seen = f"{where} answers, but not to every question: {said}" if partly else said
    return _not_ok("host", State.FAILED, seen, host_causes(evidence, failing))


def _clock(evidence: Evidence) -> Finding:
    off = evidence.clock_offset
    if off is None:
        return _unknown("clock", "NetSuite has not told its time")
    facts = {"clock_off_seconds": round(off, 1)}
    apart = f"{_duration(abs(off))} apart"
    if abs(off) >= 1:
        apart += f", this machine's clock is {'ahead' if off > 0 else 'behind'}"
    if evidence.clock_is_wrong and evidence.refusal:
        seen = f"{apart}; NetSuite allows 5 minutes, and refuses every sign-in beyond"
        return _not_ok("clock", State.FAILED, seen, (CLOCK,), facts)
    if abs(off) > _DRIFTS_SECONDS:
        seen = f"{apart}; past 5 minutes NetSuite refuses every sign-in"
        return _not_ok("clock", State.WARNING, seen, (_DRIFTS,), facts)
    return _ok("clock", f"{apart} (5 minutes are allowed)", facts)


_DRIFTS = Cause("The clock of this machine drifts.", CLOCK.indication, CLOCK.remedy)


def _sign_in(evidence: Evidence) -> Finding:
    facts = {**_who(evidence), **_worked_until(evidence)}
    refusal = evidence.refusal
    if refusal is not None:
        if evidence.clock_is_wrong:
            return _unknown(
                "sign_in", "refused, but the clock is so far off that any sign-in would be", facts
            )
        if evidence.soap.outcome is Outcome.THROTTLED:
            # open question 4: too many requests at once may be dressed up as a refused sign-in.
            return _unknown(
                "sign_in", "refused, but the account has no request left: that may look so", facts
            )
        return _refused(evidence, refusal, facts)
    if not any(each.signed_in for each in evidence.answers):
        return _unknown("sign_in", _why_not_asked(evidence), facts)
    if _all_denied(evidence):
        return _unknown(
            "sign_in", f"NetSuite knows the {_what(evidence)}, and permits nothing: REST comes first", facts
        )
    if evidence.first_refusal.outcome is Outcome.REFUSED:
        seen = f"The {_what(evidence)} is accepted now; a moment before it was refused."
        return _not_ok("sign_in", State.WARNING, seen, sign_in_causes(evidence), facts)
    return _ok("sign_in", f"The {_what(evidence)} is accepted{_as_whom(evidence)}.", _who(evidence))


def _what(evidence: Evidence) -> str:
    """What signs in."""
    return "token" if evidence.uses_tba else "access token" if evidence.kind == "nango" else "certificate"


def _refused(evidence: Evidence, refusal: Answer, facts: Facts) -> Finding:
    causes = sign_in_causes(evidence)
    seen = f"NetSuite refuses the sign-in: {_first_sentence(refusal.words)}"
    if not seen.endswith((".", '."')):
        seen += "."
    if evidence.last_good is not None:
        seen += f" It worked until {formatted_time(evidence.last_good)}."
    if evidence.soap.outcome is Outcome.ANSWERED:
        seen += " SOAP lets the same token in."
    elif evidence.soap.outcome is Outcome.REFUSED:
        seen += " SOAP refuses it as well."
    if evidence.audit:
        seen += f" The Login Audit Trail says: {', '.join(dict.fromkeys(evidence.audit))}."
        remedy = causes[0].remedy
    else:
        remedy = f"{_SEEN_IN_TRAIL} Most likely: {causes[0].remedy}"
    return Finding("sign_in", State.FAILED, seen, causes, remedy, facts=facts)


def _rest(evidence: Evidence) -> Finding:
    if evidence.rest.outcome is Outcome.DENIED or _all_denied(evidence):
        denied = evidence.rest if evidence.rest.outcome is Outcome.DENIED else evidence.server_time
        seen = f"NetSuite permits the role no REST web services: {denied.words}"
        return _not_ok("rest", State.FAILED, seen, rest_causes(evidence))
    if evidence.suiteql_works or evidence.rest.signed_in:
        return _ok("rest", "The role may use REST web services.")
    if evidence.rest.outcome is not Outcome.UNCLEAR:
        return _unknown("rest", _why_not_asked(evidence))
    if evidence.suiteql.outcome is not Outcome.UNCLEAR:
        return _unknown("rest", f"NetSuite refuses it: {evidence.rest.words}")
    return _unclear("rest", "NetSuite refuses the requests by REST", evidence.rest)


# What REST answers to another question where SuiteQL alone is denied.
_NOT_REST = frozenset({Outcome.ANSWERED, Outcome.QUERY_REFUSED, Outcome.UNCLEAR})


def _suiteql(evidence: Evidence) -> Finding:
    if evidence.refusal_of_all_tables:
        return _unclear("suiteql", "SuiteQL refuses every table", evidence.refusal_of_all_tables)
    if evidence.suiteql_works:
        return _ok("suiteql", "The role may use SuiteQL.")
    match evidence.suiteql.outcome:
        case Outcome.DENIED if evidence.rest.outcome in _NOT_REST:
            seen = f"SuiteQL is refused: {evidence.suiteql.words}"
            return _not_ok("suiteql", State.FAILED, seen, suiteql_causes(evidence))
        case Outcome.DENIED:
            return _unknown("suiteql", "refused; REST comes first")
        case Outcome.UNCLEAR if evidence.rest.signed_in and evidence.rest.outcome is not Outcome.DENIED:
            return _unclear("suiteql", "NetSuite refuses SuiteQL", evidence.suiteql)
        case Outcome.UNCLEAR:
            return _unknown("suiteql", "not tried: REST comes first")
    return _unknown("suiteql", _why_not_asked(evidence))


def _deleted_records(evidence: Evidence) -> Finding:
    answer = evidence.deleted_records
    match answer.outcome:
        case Outcome.ANSWERED:
            return _ok("deleted_records", "The role is told of deleted records.")
        case Outcome.DENIED:
            seen = (
                f"NetSuite does not tell the role of deleted records: {answer.words} Deletions are found by "
                "a sweep (netsuite-pipeline sync --sweep), not at once."
            )
            return _not_ok("deleted_records", State.WARNING, seen, deleted_records_causes(evidence))
        case Outcome.UNCLEAR if evidence.refusal_of_all_tables:
            return _unknown("deleted_records", "not tried: SuiteQL comes first")
        case Outcome.QUERY_REFUSED | Outcome.UNCLEAR | Outcome.SERVER_ERROR | Outcome.UNAVAILABLE:
            return _unknown("deleted_records", answer.words)
    if evidence.suiteql.outcome is Outcome.DENIED:
        return _unknown("deleted_records", "not tried: SuiteQL comes first")
    return _unknown("deleted_records", _why_not_asked(evidence))


def _concurrency(evidence: Evidence) -> Finding:
    limits = evidence.limits
    told = {} if limits.granted is None else {"granted": limits.granted}
    facts = {"ours": limits.ours, "rejections": limits.rejections, **told}
    if any(each.outcome is Outcome.THROTTLED for each in (*evidence.answers, evidence.soap)):
        seen = "NetSuite refuses our requests, one at a time, for more at once than the account may make."
        return _not_ok("concurrency", State.FAILED, seen, concurrency_causes(evidence), facts)
    if evidence.refusal or not any(each.signed_in for each in evidence.answers):
        return _unknown("concurrency", _why_not_asked(evidence), facts)
    if limits.granted is not None and limits.ours > limits.granted:
        seen = f"{limits.ours} requests at once are configured, {limits.granted} are granted."
        return _not_ok("concurrency", State.WARNING, seen, too_high_causes(evidence), facts)
    granted = "" if limits.granted is None else f" of {limits.granted} granted"
    busy = f"; busy: {limits.rejections} of ours came again" if limits.rejections else ""
    return _ok("concurrency", f"{limits.ours} requests at once{granted}{busy}", facts)


def _all_denied(evidence: Evidence) -> bool:
    """Whether even what needs no permission is refused by permission."""
    asked = [each for each in evidence.answers if each.outcome is not Outcome.NOT_ASKED]
    return bool(asked) and all(each.outcome is Outcome.DENIED for each in asked)


def _why_not_asked(evidence: Evidence) -> str:
    """What came before, and kept a question from being asked or answered."""
    outcomes = {each.outcome for each in evidence.answers}
    if evidence.clock_is_wrong and evidence.refusal:
        return "not tried: the clock comes first"
    if Outcome.REFUSED in outcomes:
        return "not tried: sign-in comes first"
    if Outcome.THROTTLED in outcomes:
        return "not tried: the account has no request left for us (concurrency comes first)"
    if outcomes & {Outcome.UNAVAILABLE, Outcome.SERVER_ERROR}:
        return "not tried: the host comes first"
    if Outcome.UNCLEAR in outcomes:
        return "not tried: REST comes first"
    return "not tried"


def _who(evidence: Evidence) -> Facts:
    return {
        name: value for name, value in (("user", evidence.who.user), ("role", evidence.who.role)) if value
    }


def _worked_until(evidence: Evidence) -> Facts:
    return {} if evidence.last_good is None else {"worked_until": f"{evidence.last_good:%Y-%m-%dT%H:%M:%SZ}"}


def _as_whom(evidence: Evidence) -> str:
    user = f"user {evidence.who.user}" if evidence.who.user else ""
    role = f'role "{evidence.who.role}"' if evidence.who.role else ""
    named = ", ".join(filter(None, (user, role)))
    return f" ({named})" if named else ""


def _first_sentence(words: str) -> str:
    """NetSuite's refusal goes on with a menu path, which the remedy has."""
    first, dot, _ = words.removeprefix('"').removesuffix('"').partition(". ")
    return f'"{first}{dot.strip()}"' if words.startswith('"') else words


def _duration(seconds: float) -> str:
    if seconds < ALLOWED_SKEW_SECONDS / 2:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def _ok(id_: str, seen: str, facts: Facts | None = None) -> Finding:
    return Finding(id_, State.OK, seen, facts=facts or {})


def _unknown(id_: str, why: str, facts: Facts | None = None) -> Finding:
    return Finding(id_, State.UNKNOWN, why, facts=facts or {})


def _unclear(id_: str, what: str, answer: Answer) -> Finding:
    """Return a failure whose cause is not known, with NetSuite's own words and no guess at a permission."""
    return _not_ok(id_, State.FAILED, f"{what}: {answer.words}.", (unclear_cause(answer.error),))


def _not_ok(
    id_: str,
    state: State,
    seen: str,
    causes: tuple[Cause, ...],
    facts: Facts | None = None,
) -> Finding:
    return Finding(id_, state, seen, causes, causes[0].remedy if causes else "", facts=facts or {})
