"""The page about the tables has the contents of the catalogue."""

from pathlib import Path

from netsuite_pipeline.tables import Column, Parent, Permission, Table, standard_tables
from netsuite_pipeline.tables.catalogue_page import render_tables_markdown

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


def test_the_page_in_the_repository_agrees_with_the_catalogue() -> None:
    assert PAGE.read_text(encoding="utf-8") == render_tables_markdown(standard_tables()), (
        "run: python -m netsuite_pipeline.tables.catalogue_page > docs/tables.md"
    )


def test_the_page_names_every_table_column_and_permission() -> None:
    page = render_tables_markdown(standard_tables())
    for table in standard_tables().values():
        section = page.partition(f"\n### {table.name}\n")[2].partition("\n##")[0]
        assert f"**{table.title}.** {table.description}" in section
        assert f"{table.permission.name} (`{table.permission.id}`)" in section
        for column in table.columns:
            assert f"| `{column.name}` | {column.type} | {column.description}" in section


def test_the_section_of_a_table() -> None:
    note = Table(
        name="note",
        title="Notes",
        description="One row a note.",
        group="lists",
        key=("customer", "line"),
        columns=(
            Column("customer", "integer", "Whose it is.", label=True, references="customer"),
            Column("line", "integer", "Its number."),
            Column("mood", "text", "Good | bad.", uncertain=True, doubt="Nobody knows"),
            Column("size", "decimal", "How long.", doubt="The unit is not known."),
        ),
        permission=Permission("LIST_NOTE", "Lists > Notes"),
        parent=Parent("customer", "customer"),
        feature="Notes",
        uncertain="Seen once",
        doubt="Its key is a guess.",
    )
    assert render_tables_markdown({"note": note}).partition("### note\n")[2] == (
        "\n"
        "**Notes.** One row a note.\n"
        "\n"
        "- **Key**: `customer`, `line`\n"
        "- **Incremental by**: parent [customer](#customer) (`customer`)\n"
        "- **Permission**: Lists > Notes (`LIST_NOTE`)\n"
        "- **Feature**: Notes\n"
        "- **?** *Not everywhere.* Seen once.\n"
        "- **?** Its key is a guess.\n"
        "\n"
        "| Column | Type | Meaning |\n"
        "| --- | --- | --- |\n"
        "| `customer` | integer | Whose it is. → [customer](#customer) *Label*: `customer_label` |\n"
        "| `line` | integer | Its number. |\n"
        "| `mood` | text | Good \\| bad. **?** *Not everywhere.* Nobody knows. |\n"
        "| `size` | decimal | How long. **?** The unit is not known. |\n"
    )
