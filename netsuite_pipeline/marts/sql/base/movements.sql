-- What each account of each subsidiary moved in each period, in the subsidiary's currency.
SELECT accounting_book, subsidiary, account, period, count(*) AS postings, sum(debit) AS debit, sum(credit) AS credit,
    sum(debit) - sum(credit) AS amount
FROM general_ledger
GROUP BY ALL
