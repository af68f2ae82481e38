-- One row an account: its names, its section in the statements, its special purpose, its rate type.
WITH kinds(kind, section) AS (
    VALUES ('bank', 'assets'), ('acctrec', 'assets'), ('unbilledrec', 'assets'), ('othcurrasset', 'assets'),
        ('fixedasset', 'assets'), ('othasset', 'assets'), ('deferexpense', 'assets'),
        ('acctpay', 'liabilities'), ('credcard', 'liabilities'), ('othcurrliab', 'liabilities'),
        ('longtermliab', 'liabilities'), ('deferrevenue', 'liabilities'),
        ('equity', 'equity'),
        ('income', 'income'), ('cogs', 'cost_of_goods_sold'), ('expense', 'expense'),
        ('othincome', 'other_income'), ('othexpense', 'other_expense')
), named AS (
    SELECT a.id AS account, a.acctnumber AS account_number,
        coalesce(a.fullname, a.accountsearchdisplayname, a.accountsearchdisplaynamecopy, a.acctnumber)
            AS account_name,
        a.accttype AS account_type, lower(a.accttype) AS kind, a.currency AS currency_id,
        upper(trim(a.generalrate)) AS general_rate, upper(trim(a.cashflowrate)) AS cash_flow_rate,
        CASE lower(a.sspecacct)
            WHEN 'retearnings' THEN 'retained_earnings' WHEN 'cumultransadj' THEN 'cumulative_translation'
        END AS purpose,
        true AS is_listed
    FROM account a
    UNION ALL
    -- The role may not see every account. Without a kind, the balance stays in the balance sheet.
    SELECT p.account, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false
    FROM (SELECT DISTINCT account FROM transactionaccountingline WHERE account IS NOT NULL) p
    WHERE p.account NOT IN (SELECT id FROM account WHERE id IS NOT NULL)
), sections AS (
    SELECT n.*, k.kind IS NOT NULL AS is_known_kind,
        CASE
            WHEN n.purpose IS NOT NULL THEN 'equity'
            WHEN k.section IS NOT NULL THEN k.section
            WHEN t.balancesheet IS FALSE THEN if(t."left" IS FALSE, 'other_income', 'other_expense')
            WHEN t."left" IS FALSE THEN 'liabilities'
            ELSE 'assets'
        END AS section
    FROM named n
    LEFT JOIN kinds k ON k.kind = n.kind
    LEFT JOIN (SELECT DISTINCT ON (lower(id)) lower(id) AS kind, balancesheet, "left" FROM accounttype) t
        ON t.kind = n.kind
)
SELECT account, account_number, account_name, account_type, kind, currency_id, purpose, section, is_listed,
    is_known_kind,
    section IN ('assets', 'liabilities', 'equity') AS is_balance_sheet,
    CASE
        WHEN general_rate IN ('CURRENT', 'AVERAGE', 'HISTORICAL') THEN general_rate
        WHEN section = 'equity' THEN 'HISTORICAL'
        WHEN section IN ('assets', 'liabilities') THEN 'CURRENT'
        ELSE 'AVERAGE'
    END AS rate_type,
    CASE
        WHEN cash_flow_rate IN ('CURRENT', 'AVERAGE', 'HISTORICAL') THEN cash_flow_rate
        WHEN section = 'equity' THEN 'HISTORICAL'
        ELSE 'AVERAGE'
    END AS cash_flow_rate_type,
    -- The computed part of a purpose goes to one account: the lowest id.
    purpose IS NOT NULL AND row_number() OVER (PARTITION BY purpose ORDER BY account) = 1 AS takes_computed
FROM sections
