-- Credits, payment runs, deposits of cash sales and monthly tax remittances, added to doc, head and body. Documents of
-- several cases have negative keys: kind of settlement, day, party. A run is 1 of customers, 2 of vendors, 3 of employees,
-- 4 of deposits.

-- table credit
SELECT d.dk - 1 AS target, d.dk AS source, abs(h.famt) AS amount, abs(h.namt) AS base_amount, d.created AS settled,
    'Payment' AS linktype
FROM doc d JOIN head h USING (dk) WHERE d.type IN ('CustCred', 'VendCred')

-- table due_payment: decided when each document is entered, so that a company built later has the same payments
WITH open AS (
    SELECT d.*, abs(h.famt) - coalesce(r.amount, 0) AS amount, abs(h.namt) - coalesce(r.base_amount, 0) AS base_amount,
        s.pay_day, s.rest_after
    FROM doc d JOIN head h USING (dk) JOIN cases s ON s.c = d.c LEFT JOIN credit r ON r.target = d.dk
    WHERE d.type IN ('CustInvc', 'VendBill', 'ExpRept') AND s.pay_day IS NOT NULL AND abs(h.famt) > coalesce(r.amount, 0)
), halved AS (
    SELECT *, CASE WHEN rest_after IS NULL THEN amount ELSE round(amount * 0.6, 2)::DECIMAL(18,2) END AS first,
        CASE WHEN rest_after IS NULL THEN base_amount ELSE round(base_amount * 0.6, 2)::DECIMAL(18,2) END AS first_base
    FROM open
), dues AS (
    SELECT dk, party_kind, k, entity, subsidiary, base, currency, pay_day AS day, first AS amount, first_base AS base_amount,
        CASE party_kind WHEN 'customer' THEN 1 WHEN 'vendor' THEN 2 ELSE 3 END AS run
    FROM halved
    UNION ALL
    SELECT dk, party_kind, k, entity, subsidiary, base, currency, working_day(pay_day + rest_after), amount - first,
        base_amount - first_base, 1
    FROM halved WHERE rest_after IS NOT NULL AND amount > first
    UNION ALL
    SELECT d.dk, 'bank', subsidiary * 10 + currency, NULL, subsidiary, base, currency,
        (trandate + ((11 - isodow(trandate)) % 7 + 1)::INTEGER)::DATE, h.famt, h.namt, 4
    FROM doc d JOIN head h USING (dk) WHERE d.type = 'CashSale'
)
SELECT * FROM (SELECT *, -(run * 1000000000000000 + (day - DATE '2024-01-01') * 10000000000 + k) AS source FROM dues)
WHERE at_hour(day, 16, 'pay', source) <= company_now()

-- table applied: which document settles which
SELECT * FROM credit UNION ALL BY NAME
SELECT dk AS target, source, amount, base_amount, at_hour(day, 16, 'pay', source) AS settled,
    CASE run WHEN 4 THEN 'DepAppl' ELSE 'Payment' END AS linktype
FROM due_payment

-- table payment
WITH runs AS (
    SELECT source AS dk, run, day, any_value(party_kind) AS party_kind, any_value(k) AS k, any_value(entity) AS entity,
        any_value(subsidiary) AS subsidiary, any_value(base) AS base, any_value(currency) AS currency,
        sum(amount)::DECIMAL(18,2) AS amount, sum(base_amount)::DECIMAL(18,2) AS base_amount,
        CASE WHEN run IN (1, 4) THEN 1 ELSE -1 END AS side
    FROM due_payment GROUP BY source, run, day
)
SELECT *, exchange(currency, base, day) AS fx, amount * side AS bank,
    round(amount * exchange(currency, base, day), 2)::DECIMAL(18,2) * side AS bank_base, base_amount * side AS open_base
FROM runs

-- run
INSERT INTO doc BY NAME
SELECT dk, dk AS c, 'PAY' AS kind, CASE run WHEN 1 THEN 'CustPymt' WHEN 4 THEN 'Deposit' ELSE 'VendPymt' END AS type,
    5 AS step, day AS trandate, at_hour(day, 16, 'pay', dk) AS created, party_kind, k, entity, subsidiary, base, currency, fx
FROM payment;
INSERT INTO head BY NAME SELECT dk, bank AS famt, bank_base AS namt, bank(subsidiary) AS account FROM payment;
-- Line 2 is the exchange gain or loss between invoice and payment.
INSERT INTO body BY NAME
SELECT dk, 1 AS lid, -bank AS famt, -open_base AS namt, 'F' AS taxline, 'F' AS iscogs,
    CASE run WHEN 1 THEN acct('1100') WHEN 2 THEN acct('2000') WHEN 3 THEN acct('2010') ELSE acct('1190') END AS account
FROM payment
UNION ALL
SELECT dk, 2, 0::DECIMAL(18,2), open_base - bank_base, 'F', 'F', acct('7010') FROM payment WHERE open_base <> bank_base

-- table remittance
WITH taxes AS (
    SELECT (year(d.trandate) - 2024) * 12 + month(d.trandate) - 1 AS m, d.subsidiary, d.base, b.account,
        -sum(b.namt)::DECIMAL(18,2) AS amount
    FROM body b JOIN doc d USING (dk)
    WHERE b.taxline = 'T' AND d.type IN ('CustInvc', 'CashSale', 'CustCred', 'VendBill', 'VendCred') GROUP BY ALL
), remitted AS (
    SELECT -(5 * 1000000000000000 + m * 10 + subsidiary) AS dk, subsidiary, base, account, amount,
        working_day((DATE '2024-01-01' + to_months(m::INTEGER + 1))::DATE + 19) AS day
    FROM taxes
)
SELECT *, at_hour(day, 20, 'remit', dk) AS created FROM remitted
WHERE at_hour(day, 20, 'remit', dk) <= company_now() AND amount <> 0

-- run
INSERT INTO doc BY NAME
SELECT DISTINCT dk, dk AS c, 'TAX' AS kind, 'Journal' AS type, 3 AS step, day AS trandate, created, subsidiary, base,
    base AS currency, 1 AS fx
FROM remittance;
INSERT INTO head BY NAME
SELECT dk, -sum(amount) AS famt, -sum(amount) AS namt, bank(subsidiary) AS account FROM remittance GROUP BY dk, subsidiary;
INSERT INTO body BY NAME
SELECT dk, row_number() OVER (PARTITION BY dk ORDER BY account) AS lid, amount AS famt, amount AS namt, account, 'F' AS taxline,
    'F' AS iscogs
FROM remittance
