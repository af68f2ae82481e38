"""Findings about the connection, from the evidence of one check. Pure."""

from netsuite_pipeline.health.diagnosis.causes import get_causes
from netsuite_pipeline.health.diagnosis.connection_causes import host_causes, rest_causes, unclear_cause
from netsuite_pipeline.health.diagnosis.evidence import ALLOWED_SKEW_SECONDS, Answer, Evidence, Outcome
from netsuite_pipeline.health.diagnosis.sign_in_causes import sign_in_causes, sign_in_remedy
from netsuite_pipeline.health.findings import Facts, Finding, State, not_checked, with_causes
from netsuite_pipeline.wording import as_sentence

# NSH:chapter_157769826287.
WHY_NO_SOAP = "not checked: SOAP does not support OAuth 2.0. The pipeline does not need SOAP."

_DRIFT_SECONDS = 120.0


def connection_findings(evidence: Evidence) -> tuple[Finding, ...]:
    """Return the findings host, clock, sign_in, rest, suiteql, deleted_records and concurrency in order.

    Throttling, outages and unknown hosts never become findings about sign-in or permissions.
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
    """Return the finding `soap`: a warning at most, as the pipeline does not need SOAP."""
    if not evidence.uses_tba:
        return _unknown("soap", WHY_NO_SOAP)
    soap = evidence.soap
    lacking = get_causes("lacks_soap", "soap_off", role=evidence.holder.role)
    match soap.outcome:
        case Outcome.ANSWERED:
            return _ok("soap", "The role may use SOAP web services.")
        case Outcome.DENIED:
            seen = f"{soap.sentence} The pipeline does not need SOAP."
            return with_causes("soap", State.WARNING, seen, lacking)
        case Outcome.SIGN_IN_REFUSED if evidence.refusal:
            return _unknown("soap", "SOAP refuses the sign-in too")
        case Outcome.SIGN_IN_REFUSED:
            # open question 6: which fault a role without SOAP Web Services gets.
            seen = "SOAP refuses the sign-in that REST accepts. The pipeline does not need SOAP."
            return with_causes("soap", State.WARNING, seen, lacking)
    return _unknown("soap", soap.quote or _why_not_checked(evidence))


def _host(evidence: Evidence) -> Finding:
    asked = (evidence.server_time, evidence.suiteql, evidence.rest)
    failing = next((each for each in asked if each.fails), None)
    if failing is None:
        took = "" if evidence.milliseconds is None else f" ({evidence.milliseconds} ms)"
        facts = {} if evidence.milliseconds is None else {"milliseconds": evidence.milliseconds}
        return _ok("host", f"{evidence.host} answers{took}", facts)
    message = failing.error.message if failing.error else ""
    partly = any(each.reached for each in evidence.answers)
    seen = f"{evidence.host} answers some requests, but not all: {message}" if partly else message
    return with_causes("host", State.FAILED, seen, host_causes(evidence, failing), last_ok=evidence.last_good)


def _clock(evidence: Evidence) -> Finding:
    offset = evidence.clock_offset
    if offset is None:
        return _unknown("clock", "not checked: NetSuite did not send its time")
    facts = {"clock_off_seconds": round(offset, 1)}
    apart = f"{_duration(abs(offset))} apart"
    if abs(offset) >= 1:
        apart += f", this machine's clock is {'ahead' if offset > 0 else 'behind'}"
    if evidence.clock_is_wrong and evidence.refusal:
        seen = f"{apart}. NetSuite allows 5 minutes and refuses every sign-in beyond them."
        return with_causes(
            "clock", State.FAILED, seen, get_causes("clock_wrong"), facts=facts, last_ok=evidence.last_good
        )
    if abs(offset) > _DRIFT_SECONDS:
        seen = f"{apart}. Beyond 5 minutes NetSuite refuses every sign-in."
        return with_causes("clock", State.WARNING, seen, get_causes("clock_drifts"), facts=facts)
    return _ok("clock", f"{apart} (5 minutes are allowed)", facts)


def _sign_in(evidence: Evidence) -> Finding:
    facts = _holder(evidence)
    refusal = evidence.refusal
    if refusal is not None:
        if evidence.clock_is_wrong:
            return _unknown("sign_in", f"refused; {not_checked('the clock')}", facts)
        if evidence.soap.outcome is Outcome.THROTTLED:
            # open question 4: NetSuite may answer too many concurrent requests like a refused sign-in.
            return _unknown("sign_in", "refused, but too many concurrent requests can look the same", facts)
        return _refused(evidence, refusal, facts)
    if not any(each.signed_in for each in evidence.answers):
        return _unknown("sign_in", _why_not_checked(evidence), facts)
    what = _credential(evidence)
    if _all_denied(evidence):
        return _unknown(
            "sign_in", f"NetSuite knows the {what}, but allows nothing (REST must work first)", facts
        )
    if evidence.first_refusal.outcome is Outcome.SIGN_IN_REFUSED:
        seen = f"NetSuite accepts the {what} now, but refused it a moment before."
        return with_causes("sign_in", State.WARNING, seen, sign_in_causes(evidence), facts=facts)
    return _ok("sign_in", f"{what} accepted", facts)


def _credential(evidence: Evidence) -> str:
    return "token" if evidence.uses_tba else "access token" if evidence.kind == "nango" else "certificate"


def _refused(evidence: Evidence, refusal: Answer, facts: Facts) -> Finding:
    likely = sign_in_causes(evidence)
    seen = [f"NetSuite refuses the sign-in: {as_sentence(_first_sentence(refusal.quote))}"]
    if evidence.soap.outcome is Outcome.ANSWERED:
        seen.append("SOAP accepts the same token.")
    elif evidence.soap.outcome is Outcome.SIGN_IN_REFUSED:
        seen.append("SOAP refuses it too.")
    if evidence.audit:
        seen.append(f"The Login Audit Trail says: {', '.join(dict.fromkeys(evidence.audit))}.")
    remedy = likely[0].remedy if evidence.audit else sign_in_remedy(likely[0])
    return Finding(
        "sign_in", State.FAILED, " ".join(seen), likely, remedy, facts=facts, last_ok=evidence.last_good
    )


def _rest(evidence: Evidence) -> Finding:
    if evidence.rest.outcome is Outcome.DENIED or _all_denied(evidence):
        denied = evidence.rest if evidence.rest.outcome is Outcome.DENIED else evidence.server_time
        return with_causes(
            "rest", State.FAILED, denied.sentence, rest_causes(evidence), last_ok=evidence.last_good
        )
    if evidence.suiteql_works or evidence.rest.signed_in:
        return _ok("rest", "The role may use REST web services.")
    if evidence.rest.outcome is not Outcome.UNCLEAR:
        return _unknown("rest", _why_not_checked(evidence))
    if evidence.suiteql.outcome is not Outcome.UNCLEAR:
        return _unknown("rest", f"NetSuite refuses it: {evidence.rest.quote}")
    return _unclear("rest", "NetSuite refuses all requests by REST", evidence.rest, evidence)


# What REST answers to another request where only SuiteQL is denied.
_REST_WORKS = frozenset({Outcome.ANSWERED, Outcome.QUERY_REFUSED, Outcome.UNCLEAR})


def _suiteql(evidence: Evidence) -> Finding:
    if evidence.refusal_of_all_tables:
        return _unclear("suiteql", "SuiteQL refuses every table", evidence.refusal_of_all_tables, evidence)
    if evidence.suiteql_works:
        return _ok("suiteql", "The role may use SuiteQL.")
    match evidence.suiteql.outcome:
        case Outcome.DENIED if evidence.rest.outcome in _REST_WORKS:
            lacking = get_causes("lacks_workbook", "workbook_off", role=evidence.holder.role)
            seen = evidence.suiteql.sentence
            return with_causes("suiteql", State.FAILED, seen, lacking, last_ok=evidence.last_good)
        case Outcome.UNCLEAR if evidence.rest.signed_in and evidence.rest.outcome is not Outcome.DENIED:
            return _unclear("suiteql", "NetSuite refuses SuiteQL", evidence.suiteql, evidence)
        case Outcome.DENIED | Outcome.UNCLEAR:
            return _unknown("suiteql", not_checked("REST"))
    return _unknown("suiteql", _why_not_checked(evidence))


def _deleted_records(evidence: Evidence) -> Finding:
    answer = evidence.deleted_records
    match answer.outcome:
        case Outcome.ANSWERED:
            return _ok("deleted_records", "The role sees deleted records.")
        case Outcome.DENIED:
            seen = (
                f"{answer.sentence} Deletions are found only by a sweep (netsuite-pipeline sync --sweep), "
                "not by every sync."
            )
            lacking = get_causes("lacks_deleted_records", role=evidence.holder.role)
            return with_causes("deleted_records", State.WARNING, seen, lacking)
        case Outcome.UNCLEAR if evidence.refusal_of_all_tables:
            return _unknown("deleted_records", not_checked("SuiteQL"))
        case Outcome.QUERY_REFUSED | Outcome.UNCLEAR | Outcome.SERVER_ERROR | Outcome.UNAVAILABLE:
            return _unknown("deleted_records", answer.quote)
    if evidence.suiteql.outcome is Outcome.DENIED:
        return _unknown("deleted_records", not_checked("SuiteQL"))
    return _unknown("deleted_records", _why_not_checked(evidence))


def _concurrency(evidence: Evidence) -> Finding:
    limits = evidence.limits
    granted = {} if limits.granted is None else {"granted": limits.granted}
    facts = {"configured": limits.configured, "rejections": limits.rejections, **granted}
    if any(each.outcome is Outcome.THROTTLED for each in (*evidence.answers, evidence.soap)):
        seen = (
            "NetSuite refuses even a single request: the account has reached its limit of concurrent "
            "requests."
        )
        busy = get_causes("others_use_all_requests", "sync_uses_all_requests", configured=limits.configured)
        return with_causes("concurrency", State.FAILED, seen, busy, facts=facts)
    if evidence.refusal or not any(each.signed_in for each in evidence.answers):
        return _unknown("concurrency", _why_not_checked(evidence), facts)
    if limits.granted is not None and limits.configured > limits.granted:
        seen = (
            f"{limits.configured} concurrent requests are configured, but the account allows "
            f"{limits.granted}."
        )
        too_high = get_causes("concurrency_too_high", configured=limits.configured, granted=limits.granted)
        return with_causes("concurrency", State.WARNING, seen, too_high, facts=facts)
    of = "" if limits.granted is None else f" of {limits.granted} allowed"
    repeated = f"; the account is busy: {limits.rejections} were repeated" if limits.rejections else ""
    return _ok("concurrency", f"{limits.configured} concurrent requests{of}{repeated}", facts)


def _all_denied(evidence: Evidence) -> bool:
    """Return whether NetSuite denies even the requests that need no permission."""
    asked = [each for each in evidence.answers if each.outcome is not Outcome.NOT_ASKED]
    return bool(asked) and all(each.outcome is Outcome.DENIED for each in asked)


def _why_not_checked(evidence: Evidence) -> str:
    """Return what must work before a request that was not sent or not answered."""
    outcomes = {each.outcome for each in evidence.answers}
    if evidence.clock_is_wrong and evidence.refusal:
        return not_checked("the clock")
    if Outcome.SIGN_IN_REFUSED in outcomes:
        return not_checked("sign-in")
    if Outcome.THROTTLED in outcomes:
        return "not checked (the account must have a free request first: see Concurrency)"
    if outcomes & {Outcome.UNAVAILABLE, Outcome.SERVER_ERROR}:
        return "not checked (the account must answer first)"
    if Outcome.UNCLEAR in outcomes:
        return not_checked("REST")
    return "not checked"


def _holder(evidence: Evidence) -> Facts:
    holder = evidence.holder
    named = {"user": holder.user, "role": holder.role, "integration": holder.integration}
    return {name: value for name, value in named.items() if value}


def _first_sentence(quote: str) -> str:
    """Return NetSuite's first sentence; the others are a menu path, which the remedy has."""
    first, dot, _ = quote.removeprefix('"').removesuffix('"').partition(". ")
    return f'"{first}{dot.strip()}"' if quote.startswith('"') else quote


def _duration(seconds: float) -> str:
    if seconds < ALLOWED_SKEW_SECONDS / 2:
        return f"{seconds:.1f} s"
    return f"{int(seconds) // 60} min {int(seconds) % 60} s"


def _ok(id_: str, seen: str, facts: Facts | None = None) -> Finding:
    return Finding(id_, State.OK, seen, facts=facts or {})


def _unknown(id_: str, why: str, facts: Facts | None = None) -> Finding:
    return Finding(id_, State.UNKNOWN, why, facts=facts or {})


def _unclear(id_: str, what: str, answer: Answer, evidence: Evidence) -> Finding:
    """Return a failure whose cause is not known, with NetSuite's own words and no guess at a permission."""
    seen = f"{what}: {answer.quote}."
    return with_causes(id_, State.FAILED, seen, (unclear_cause(answer.error),), last_ok=evidence.last_good)
