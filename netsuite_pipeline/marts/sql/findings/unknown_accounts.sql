-- Accounts whose kind is none that the statements know, and accounts that the list lacks.
SELECT unnest(['trial_balance', 'income_statement', 'balance_sheet']) AS mart,
    if(k.is_listed, 'account ' || k.account || ': kind ' || coalesce(k.account_type, 'NULL'),
        'account ' || k.account || ': not in the list of accounts') AS what,
    'The account stands in the section ' || k.section || ', by what accounttype says.' AS consequence
FROM ledger_accounts k
WHERE NOT k.is_known_kind AND k.account IN (SELECT account FROM movements)
