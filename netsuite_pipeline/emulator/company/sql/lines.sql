-- Working tables of lines, debits positive: `body` has all lines but the main ones, `head` the main ones that balance them.

-- table goods_line: the items of each case
WITH spread AS (
    SELECT c, day, kind, entity, currency, base, unnest(range(1, CASE kind WHEN 'SALE' THEN 2 + pick('lines', c, 5)
        WHEN 'BUY' THEN 2 + pick('lines', c, 4) ELSE 2 + pick('lines', c, 2) END)) AS j
    FROM cases WHERE kind IN ('QUOTE', 'SALE', 'SERV', 'CASH', 'BUY', 'ADJ')
), chosen AS (
    SELECT *, c * 16 + j AS cj, CAST(floor(pow(u('good', c * 16 + j), 1.5) * existing('item', day)) AS BIGINT) AS any_item
    FROM spread
), fitting AS (
    SELECT * EXCLUDE (any_item), CASE
        WHEN kind = 'SERV' THEN any_item - any_item % 10 - CASE WHEN any_item < 10 THEN 0 ELSE 10 END
            + 7 + CASE WHEN any_item < 10 THEN 0 ELSE pick('service', cj, 2) END
        WHEN kind IN ('BUY', 'ADJ') THEN any_item - any_item % 10 + any_item % 10 % 6
        ELSE any_item END AS item_k
    FROM chosen
), priced AS (
    SELECT f.*, g.id AS item, g.itemtype, g.asset_account, g.cost_account, g.income_account,
        CASE WHEN kind = 'ADJ' THEN one_of('count', cj, [-2, -1, -1, 1, 2])
            WHEN g.itemtype = 'Service' THEN (1 + pick('hours', cj, 32)) / 2.0
            WHEN kind = 'BUY' THEN 4 + pick('pieces', cj, 20)
            ELSE 1 + floor(24 * pow(u('pieces', cj), 3)) END::DECIMAL(18,4) AS quantity,
        one_of('level', coalesce(entity, 0), [1, 1, 1, 2, 3]) AS pricelevel,
        round((g.price * CASE pricelevel WHEN 2 THEN 0.95 WHEN 3 THEN 0.875 ELSE 1 END) / nominal(currency), 2)::DECIMAL(18,2)
            AS sale_rate,
        round(g.cost / nominal(currency), 2)::DECIMAL(18,2) AS buy_rate,
        round(g.cost / nominal(base), 2)::DECIMAL(18,2) AS cost_rate
    FROM fitting f JOIN goods g ON g.k = f.item_k
)
SELECT *, round(quantity * sale_rate, 2)::DECIMAL(18,2) AS sale, round(quantity * buy_rate, 2)::DECIMAL(18,2) AS purchase,
    round(quantity * cost_rate, 2)::DECIMAL(18,2) AS cost
FROM priced

-- table expense_line: the expenses of each case
WITH spread AS (
    SELECT c, kind, currency, unnest(range(1, CASE kind WHEN 'EXP' THEN 3 + pick('lines', c, 6)
        WHEN 'BILL' THEN 2 + pick('lines', c, 3) ELSE 2 END)) AS j
    FROM cases WHERE kind IN ('BILL', 'EXP', 'CHECK', 'JRN', 'NIGHT')
)
SELECT c, kind, j, CASE WHEN kind = 'EXP' THEN one_of('travel', c * 16 + j,
            [acct('6200'), acct('6210'), acct('6220'), acct('6230'), acct('6130')])
        WHEN kind = 'JRN' THEN acct('2100') WHEN kind = 'NIGHT' THEN acct('1320')
        ELSE one_of('expense', c * 16 + j, expense_accounts()) END AS account,
    round((CASE kind WHEN 'EXP' THEN 12 + 400 * pow(u('spent', c * 16 + j), 2)
        WHEN 'CHECK' THEN 40 + 900 * u('spent', c * 16 + j) WHEN 'NIGHT' THEN 2 + 9 * u('spent', c)
        ELSE exp(5.2 + 2.6 * u('spent', c * 16 + j)) END) / nominal(currency), 2)::DECIMAL(18,2)
        * CASE WHEN kind = 'NIGHT' THEN -1 WHEN kind = 'JRN' THEN one_of('direction', c, [1, -1, -1]) ELSE 1 END AS amount
FROM spread

-- table monthly_line: shares of the four subsidiaries in what the company spends a month, in dollars at scale 1
WITH size AS (
    SELECT c, kind, subsidiary, scale() * CASE subsidiary WHEN 1 THEN 0.5 WHEN 2 THEN 0.2 WHEN 3 THEN 0.2 ELSE 0.1 END / nominal(base)
        * (0.8 + ((year(day) - 2024) * 12 + month(day) - CASE kind WHEN 'REMIT' THEN 1 ELSE 0 END) / 90.0) AS one
    FROM cases WHERE kind IN ('PAYROLL', 'REMIT', 'RENT', 'DEPR', 'OPENING')
), parts(kind, j, account, dollars) AS (VALUES
    ('PAYROLL', 1, acct('2150'), -30800), ('PAYROLL', 2, acct('2160'), -7000), ('PAYROLL', 3, 0, -102200),
    ('REMIT', 1, acct('2160'), 7000), ('REMIT', 2, 0, -37800), ('RENT', 1, 0, -9000), ('DEPR', 1, acct('1590'), -11000),
    ('OPENING', 1, acct('1210'), 1900000), ('OPENING', 2, acct('1220'), 900000), ('OPENING', 3, acct('1510'), 1200000),
    ('OPENING', 4, acct('3000'), -400000), ('OPENING', 5, acct('3010'), -5600000), ('OPENING', 6, acct('2500'), -1500000),
    ('OPENING', 7, acct('1320'), 60000)
)
SELECT c, j, CASE WHEN account = 0 THEN bank(subsidiary) ELSE account END AS account, round(one * dollars, 2)::DECIMAL(18,2) AS amount
FROM size JOIN parts USING (kind)

-- table plain: all lines without taxes. A part is one line of each item (of the first only), in stock or not; its id is
-- shift + step * j - back; its amount and account are columns of goods_line, or a fixed account.
WITH parts(type, first_only, stocked, shift, step, back, sign, amount, account, fixed, iscogs) AS (VALUES
    ('Estimate', FALSE, NULL, 0, 1, 0, -1, 'sale', 'income', NULL, 'F'), ('SalesOrd', FALSE, NULL, 0, 1, 0, -1, 'sale', 'income', NULL, 'F'),
    ('CustInvc', FALSE, NULL, 0, 1, 0, -1, 'sale', 'income', NULL, 'F'), ('CashSale', FALSE, NULL, 0, 1, 0, -1, 'sale', 'income', NULL, 'F'),
    ('CustCred', TRUE, NULL, 0, 1, 0, 1, 'sale', 'income', NULL, 'F'), ('PurchOrd', FALSE, NULL, 0, 1, 0, 1, 'purchase', 'asset', NULL, 'F'),
    ('VendBill', FALSE, NULL, 0, 1, 0, 1, 'purchase', '', acct('2110'), 'F'),
    ('VendCred', TRUE, NULL, 0, 1, 0, -1, 'purchase', '', acct('5060'), 'F'), ('InvAdjst', FALSE, NULL, 0, 1, 0, 1, 'cost', 'asset', NULL, 'F'),
    ('ItemRcpt', FALSE, NULL, 0, 2, 1, 1, 'purchase', 'asset', NULL, 'F'), ('ItemRcpt', FALSE, NULL, 0, 2, 0, -1, 'purchase', '', acct('2110'), 'F'),
    ('ItemShip', FALSE, TRUE, 0, 2, 1, 1, 'cost', 'cost', NULL, 'T'), ('ItemShip', FALSE, TRUE, 0, 2, 0, -1, 'cost', 'asset', NULL, 'T'),
    ('ItemShip', FALSE, FALSE, 0, 2, 1, -1, '', '', NULL, 'F'),
    ('CashSale', FALSE, TRUE, 20, 2, 1, 1, 'cost', 'cost', NULL, 'T'), ('CashSale', FALSE, TRUE, 20, 2, 0, -1, 'cost', 'asset', NULL, 'T')
)
SELECT d.dk, shift + p.step * j - back AS lid, p.iscogs, pricelevel, item, itemtype, NULL AS expenseaccount, (sign * quantity) AS quantity,
    (sign * CASE amount WHEN 'sale' THEN sale WHEN 'purchase' THEN purchase WHEN 'cost' THEN cost ELSE 0 END)::DECIMAL(18,2) AS famt,
    CASE p.account WHEN 'income' THEN income_account WHEN 'asset' THEN asset_account WHEN 'cost' THEN cost_account ELSE fixed END AS account,
    CASE amount WHEN 'sale' THEN sale_rate WHEN 'purchase' THEN buy_rate WHEN 'cost' THEN cost_rate END AS rate
FROM doc d JOIN goods_line g ON g.c = d.c JOIN parts p ON p.type = d.type
WHERE (NOT first_only OR j = 1) AND (stocked IS NULL OR stocked = (itemtype = 'InvtPart'))
UNION ALL BY NAME
SELECT d.dk, j AS lid, amount AS famt, account, account AS expenseaccount, 'F' AS iscogs
FROM doc d JOIN expense_line e ON e.c = d.c WHERE d.type IN ('VendBill', 'ExpRept', 'Check', 'Journal')
UNION ALL BY NAME
SELECT d.dk, j AS lid, -amount AS famt, account, account AS expenseaccount, 'F' AS iscogs
FROM doc d JOIN expense_line e ON e.c = d.c WHERE d.type = 'VendCred' AND j = 1
UNION ALL BY NAME
SELECT d.dk, j AS lid, amount AS famt, account, 'F' AS iscogs FROM doc d JOIN monthly_line m ON m.c = d.c

-- table body: with taxes. Domestic business is taxed: half of the customers in the USA, all elsewhere; exports and American
-- purchases are not. Wide enough for the opening amounts of a company of millions of transactions.
WITH taxable AS (
    SELECT p.dk, sum(p.famt) AS amount,
        any_value(CASE d.subsidiary WHEN 1 THEN 0.0725 WHEN 2 THEN 0.2 WHEN 3 THEN 0.19 ELSE 0.14975 END::DECIMAL(9,6)) AS rate,
        any_value(CASE WHEN d.party_kind = 'vendor' THEN acct('1350') WHEN d.subsidiary = 1 THEN acct('2200')
            WHEN d.subsidiary = 4 THEN acct('2220') ELSE acct('2210') END) AS account
    FROM plain p JOIN doc d ON d.dk = p.dk
    WHERE d.type IN ('Estimate', 'SalesOrd', 'CustInvc', 'CashSale', 'CustCred', 'VendBill', 'VendCred', 'PurchOrd')
        AND p.iscogs = 'F' AND d.currency = d.base AND (d.subsidiary <> 1 OR d.party_kind = 'customer' AND u('taxable', d.entity) < 0.5)
    GROUP BY p.dk
), complete AS (
    SELECT *, 'F' AS taxline FROM plain
    UNION ALL BY NAME
    SELECT dk, 60 AS lid, round(amount * rate, 2)::DECIMAL(18,2) AS famt, account, 'T' AS taxline, 'F' AS iscogs
    FROM taxable WHERE round(amount * rate, 2) <> 0
)
SELECT b.*, round(b.famt::DECIMAL(24,2) * doc.fx, 2)::DECIMAL(18,2) AS namt FROM complete b JOIN doc USING (dk)

-- table head: item fulfillments and receipts have a main line without an account
SELECT d.dk, coalesce(-f, 0)::DECIMAL(18,2) AS famt, coalesce(-n, 0)::DECIMAL(18,2) AS namt,
    CASE type WHEN 'Estimate' THEN acct('9020') WHEN 'SalesOrd' THEN acct('9000') WHEN 'PurchOrd' THEN acct('9010')
        WHEN 'CustInvc' THEN acct('1100') WHEN 'CustCred' THEN acct('1100') WHEN 'CashSale' THEN acct('1190')
        WHEN 'VendBill' THEN acct('2000') WHEN 'VendCred' THEN acct('2000') WHEN 'ExpRept' THEN acct('2010')
        WHEN 'Check' THEN bank(subsidiary) WHEN 'InvAdjst' THEN acct('5050')
        WHEN 'Journal' THEN CASE kind WHEN 'PAYROLL' THEN acct('6000') WHEN 'REMIT' THEN acct('2150') WHEN 'RENT' THEN acct('6100')
            WHEN 'DEPR' THEN acct('6800') WHEN 'OPENING' THEN bank(subsidiary) WHEN 'NIGHT' THEN acct('6410')
            ELSE one_of('expense', c, expense_accounts()) END END AS account
FROM doc d LEFT JOIN (SELECT dk, sum(famt) AS f, sum(namt) AS n FROM body GROUP BY dk) b ON b.dk = d.dk
