"""The running text of the page about NetSuite's set-up: what is the same whatever the data say."""

INTRODUCTION = """\
# Setting NetSuite up

What an administrator does in NetSuite, once, so that netsuite_pipeline may read it: from top to bottom, with
NetSuite open beside this page. You leave with five values for the pipeline, a role that may read and nothing
else, and a way to see that it works.

If no administrator is at hand, each step says who else can take it, and
[what they need for it](#permissions-of-who-sets-up). Switching features on always takes an administrator.

How to read it:

- **Setup > Company > Enable Features** is a way through NetSuite's menus. Centers other than the
  administrator's may have other menus; the search box at the top of NetSuite finds a page by its name.
- (D: …) is documented by Oracle, with the page; (C: …) was seen in public code or is told by others; (I) is
  inferred by us. **?** says what is not known.
- Sandboxes are accounts of their own: take every step in each.

This page is written from `netsuite_pipeline/health/`; to change it, change the data there and run
`python -m netsuite_pipeline.health.document > docs/netsuite-setup.md`.
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

The pipeline looks at the sign-in every five minutes and at the tables every hour, and sends one message when
something breaks and one when it works again:

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
(machine to machine), which signs in with a certificate instead of a token's secret.

**This package does not sign in by OAuth 2.0 yet.** It will read `NETSUITE_CLIENT_ID`,
`NETSUITE_CERTIFICATE_ID` and `NETSUITE_PRIVATE_KEY` for it; today these variables do nothing. What to do:

1. Now: make the integration record of each account that you will read, sandboxes too, before 2027.1: those
   that exist go on until token-based sign-in ends.
2. Now: switch the feature OAuth 2.0 on ([step 1](#1-switch-the-features-on)) and add *Log in using OAuth 2.0
   Access Tokens* to the role ([step 2](#2-make-a-role-for-the-pipeline)): neither changes anything for
   tokens.
3. Later, once this package can: on the integration record tick *Client Credentials (Machine to Machine)
   Grant* and the scope *REST Web Services*, and copy the *Client ID*.
4. Later: go to **{mapping}** > **Create New**, choose user, role and integration, and upload the public part
   of a certificate. An administrator does it, or who holds *OAuth 2.0 Authorized Applications Management*. As
   with tokens, nothing of it is copied to a sandbox, and a refresh of the sandbox clears it {mapping_source}.

SOAP has no OAuth 2.0 {soap_source}; nothing here depends on it.

### Dates that matter

{dates}
"""
