"""A file of two table specs with nothing wrong in it, for tests to read and to spoil."""

GOOD = """\
customer:
  title: Customers
  about: >-
    One row
    a customer.
  group: masterdata
  key: [id]
  cursor: changed
  permission: {id: LIST_CUSTJOB, name: Lists > Customers}
  columns:
    id: {type: integer, about: "Internal id."}
    status: {type: text, label: true, about: "Where it stands."}
    changed: {type: datetime, about: "When it changed."}
note:
  title: Notes
  about: One row a note.
  group: lists
  key: [customer, line]
  parent: {table: customer, column: customer}
  permission: {id: LIST_NOTE, name: Lists > Notes}
  feature: Notes
  uncertain: Seen once.
  columns:
    customer: {type: integer, references: customer, about: "Whose it is."}
    line: {type: integer, about: "Its number."}
    mood: {type: text, uncertain: "Nobody knows.", about: "How it sounds."}
    size: {type: decimal, doubt: "Unit unknown.", about: "How long it is."}
"""
