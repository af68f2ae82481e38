"""The running text of the page about NetSuite's set-up: what is the same whatever the data say."""

INTRODUCTION = """\
# Setting NetSuite up

What an administrator does in NetSuite, once, so that netsuite_pipeline may read it: from top to bottom, with
NetSuite open beside this page. You leave with five values for the pipeline, a role that may read and nothing
else, and a way to see that it works. `netsuite-pipeline connect` goes through the same steps with you, takes
the values, and signs in.

The steps are those for a token. From NetSuite 2027.1 on, new integrations sign in with a certificate: read
[OAuth 2.0](#oauth-20) beside them. If Nango keeps your credentials, read [Nango](#nango).

If no administrator is at hand, each step says who else can take it, and
[what they need for it](#permissions-of-who-sets-up). Switching features on always takes an administrator.

How to read it:

- **Setup > Company > Enable Features** is a way through NetSuite's menus. Centers other than the
  administrator's may have other menus; the search box at the top of NetSuite finds a page by its name.
- (D: …) is documented by Oracle, with the page; (C: …) was seen in public code or is told by others; (I) is
  inferred by us. **?** says what is not known.
- Sandboxes are accounts of their own: take every step in each.

This page is written from `netsuite_pipeline/health/`; to change it, change the data there and run
`python -m netsuite_pipeline.health.setup_page > docs/netsuite-setup.md`.
"""

VARIABLES = """\
## {number}. Give the values to the pipeline

Put them into a file `.env` in the folder where you start the pipeline, or into the environment. They are as
good as a password: they belong in no repository, no mail and no chat.

{rows}

```sh
NETSUITE_ACCOUNT_ID=1234567_SB1
NETSUITE_CONSUMER_KEY=…
NETSUITE_CONSUMER_SECRET=…
NETSUITE_TOKEN_ID=…
NETSUITE_TOKEN_SECRET=…
```
"""

CHECK = """\
## {number}. See that it works

1. `netsuite-pipeline doctor` asks NetSuite for a little of everything and prints a list: what works, what
   does not, and the menu that mends it. It signs in at most twice if the sign-in is refused.
2. `netsuite-pipeline sync --select currency` reads one small table.
3. Compare one count with NetSuite, as a user who sees everything: the number of customers, say, with
   `netsuite-pipeline suiteql "SELECT COUNT(*) AS n FROM customer"`. A role that is restricted
   gets fewer rows and no error.

A change to a role may take a while to show: wait some minutes, then run `doctor` again.
"""

TROUBLE = """\
## When the sign-in is refused

NetSuite gives every refused sign-in the same answer (401, *Invalid login attempt*); only the Login Audit
Trail says why:

1. {trail}.
2. Search for the time of the refusal, and find your row's *Detail* in this table.

{details}

The values are Oracle's {details_source}. Do not go on trying while it is refused: five refused sign-ins lock
the user for 30 minutes. A role with Setup > View Login Audit Trail lets `doctor` read the trail by itself.

## When something is missing although the sign-in works

{symptoms}

What helps in every case: press Add and Save on the role, look at it again, and see that what a permission
hangs on is there too ([permissions that hang together](#permissions-that-hang-together)).
"""

ALERTS = """\
## Being told when it breaks

The pipeline checks the sign-in and one table of each permission every five minutes, and all tables every
hour. It sends one message when something breaks and one when it works again:

- `NETSUITE_ALERT_URLS`: where to, as addresses of [Apprise](https://github.com/caronc/apprise/wiki), with
  commas, blanks or line ends between: `slack://…`, `https://hooks.slack.com/services/…`, `workflows://…`
  (Teams), `mailto://…`, `json://host/path` (a webhook). They hold secrets: keep them as you keep the token.
  A channel that does not work is noted in the log by its number and kind, never by its address, and breaks
  nothing.
- `NETSUITE_DAGSTER_URL`: where people open Dagster (`https://dagster.example.com`); messages then lead to the
  page of the asset concerned.
"""

OAUTH = """\
## OAuth 2.0

Token-based Authentication ends, and OAuth 2.0 takes its place: for a pipeline, its *client credentials* flow
(machine to machine), which signs in with a certificate instead of a token's secret. Who has tokens goes on
with them for now; who starts after NetSuite 2027.1 signs in so.

Take steps [1](#1-switch-the-features-on), [2](#2-make-a-role-for-the-pipeline) and
[3](#3-give-the-role-to-a-user) as above, but with the feature **OAuth 2.0**; then these instead of
the integration record and the access token; then the last ones above (account id, concurrency).
`netsuite-pipeline connect --kind oauth2` goes through all of it with you.

{steps}
### The variables of OAuth 2.0

{rows}

```sh
NETSUITE_ACCOUNT_ID=1234567_SB1
NETSUITE_CLIENT_ID=…
NETSUITE_CERTIFICATE_ID=…
NETSUITE_PRIVATE_KEY=.netsuite/private_key.pem
NETSUITE_CERTIFICATE=.netsuite/certificate.pem
```

Set these or the ones of a token, not both: two kinds at once are refused with a message. SOAP has no OAuth
2.0 {soap_source}; nothing here depends on it, and `doctor` leaves that check out.

### When OAuth 2.0 is refused

NetSuite then gives no access token, and says little more than `invalid_grant` or `invalid_client`; the Login
Audit Trail has the *Detail*, as [above](#when-the-sign-in-is-refused):

{details}

The values are Oracle's {details_source}. Which ones a refused certificate gets is not documented; `doctor`
and alerts rank these causes:

{causes}

### When a certificate ends

A certificate is good for two years at most. With `NETSUITE_CERTIFICATE` set, `doctor`, the check
`certificate` and one alert each say so 60, 30 and 7 days ahead; in the last week the check fails, as somebody
has to act. NetSuite writes to administrators two months, one month and 14 days ahead
{certificates_source}. Two certificates may stand side by side {side_by_side}, so nothing has to stop:

1. Make a new key and certificate (step *Make key and certificate*), in files beside the old ones.
2. **{mapping}** > **Create New**: the same entity, role and application, with the new certificate.
3. Put all values, with the new `NETSUITE_CERTIFICATE_ID`, `NETSUITE_PRIVATE_KEY` and `NETSUITE_CERTIFICATE`,
   into a file `new.env`, and run `netsuite-pipeline doctor --env-file new.env`.
4. When it passes, put them into `.env` and restart Dagster. If `NETSUITE_ENV_FILE` names the file,
   Dagster needs no restart.
5. After that sync, **{mapping}**: **Revoke** the old certificate, and delete its key.

## Replacing a token without a gap

Tokens do not end; replacing them now and then is good practice, and due when somebody leaves who knew one:

1. Make a second token for the same user, role and integration ([step 5](#5-make-the-access-token)).
2. Put all five values, with the new `NETSUITE_TOKEN_ID` and `NETSUITE_TOKEN_SECRET`, into a file `new.env`,
   and run `netsuite-pipeline doctor --env-file new.env`.
3. When it passes, put them into `.env` and restart Dagster. If `NETSUITE_ENV_FILE` names the file,
   Dagster needs no restart.
4. After that sync, **{tokens}**: revoke the old token.

The consumer's key and secret belong to the integration: Reset Credentials ends the old ones at once. To
replace them without a gap, make a second integration record with a token of its own.

## Nango

Where [Nango](https://nango.dev) keeps the credentials, the pipeline reads them there at its start, and again
when NetSuite refuses them. NetSuite's side is set up as above; Nango is given the values instead of `.env`.

{nango}

New values go into Nango alone: the pipeline reads them at the next sync. `doctor` tells apart what Nango
refuses (key, scope, connection, integration) and what NetSuite does.

## Dates that matter

{dates}
"""
