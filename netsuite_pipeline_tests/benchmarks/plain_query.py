"""The statement that the clients to compare with ask: the columns of `one_sync`, in the order of the key."""

LINES = (
    "SELECT transaction, id, uniquekey, linesequencenumber, memo, entity, item, subsidiary, department, mainline, "
    "taxline, netamount, quantity, rate, TO_CHAR(SYS_EXTRACT_UTC(linelastmodifieddate), 'YYYY-MM-DD HH24:MI:SS') "
    "AS linelastmodifieddate FROM transactionline ORDER BY transaction, id"
)
