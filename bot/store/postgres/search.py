"""Conditions in SQL: what `bot.request.query.predicate` says of a request, said by PostgreSQL."""

from collections.abc import Iterator
from typing import assert_never

from psycopg import sql

from bot.request.query import (
    LINES,
    AllOf,
    AnyOf,
    AssignedTo,
    Changed,
    Condition,
    Contains,
    Not,
    OfVersion,
    Place,
    RequestQuery,
    Stands,
)

Clause = tuple[sql.Composable, list[object]]
"""A condition, and its values in the order of their places in it."""

_SEARCHED = "coalesce(searched, lower(requests.id))"


def reads_persons(query: RequestQuery) -> bool:
    """Return whether a query needs the persons, and not the requests alone."""
    return any(map(_reads_persons, query.all_conditions))


def _reads_persons(condition: Condition) -> bool:
    match condition:
        case Contains(_, place):
            return place is not Place.ID
        case Not(inner):
            return _reads_persons(inner)
        case AllOf(conditions) | AnyOf(conditions):
            return any(map(_reads_persons, conditions))
        case _:
            return False


def where(query: RequestQuery) -> Clause:
    """All that a query asks for but its order and its limits."""
    keyed = (
        ("account = %s", None if query.account is None else str(query.account)),
        ("status = %s", query.status),
        ("remind_at <= %s", query.due_by),
    )
    clauses: list[Clause] = [(sql.SQL(condition), [value]) for condition, value in keyed if value is not None]
    return _joined([*clauses, *map(_clause, query.all_conditions)], " AND ", "true")


def _clause(condition: Condition) -> Clause:
    match condition:
        case Contains():
            return _contains(condition)
        case Stands(pairs):
            names = [f"{status}/{standing}" for status, standing in sorted(pairs)]
            return sql.SQL("status || '/' || standing = ANY (%s)"), [names]
        case Changed(after, before):
            bounds = (("since >= %s", after), ("since < %s", before))
            return _joined([(sql.SQL(bound), [at]) for bound, at in bounds if at], " AND ", "true")
        case OfVersion(version):
            return sql.SQL("starts_with(agreement, %s)"), [version]
        case AssignedTo(account):
            return sql.SQL("assignee IS NOT DISTINCT FROM %s"), [None if account is None else str(account)]
        case Not(inner):
            clause, values = _clause(inner)
            return sql.SQL("NOT {}").format(clause), values
        case AllOf(conditions):
            return _joined(list(map(_clause, conditions)), " AND ", "true")
        case AnyOf(conditions):
            return _joined(list(map(_clause, conditions)), " OR ", "false")
        case _:
            assert_never(condition)


def _contains(condition: Contains) -> Clause:
    if condition.place is Place.ANYWHERE:
        return sql.SQL(f"strpos({_SEARCHED}, %s) > 0"), [condition.text]
    return _joined(list(_in_lines(condition)), " OR ", "false")


def _in_lines(condition: Contains) -> Iterator[Clause]:
    for number in LINES[condition.place]:
        line = f"split_part({_SEARCHED}, E'\\n', {number + 1})"
        match condition.place:
            case Place.ID:
                yield sql.SQL(f"strpos(replace({line}, '-', ''), %s) > 0"), [condition.text.replace("-", "")]
            case Place.DOMAIN:
                yield sql.SQL(f"strpos('.' || substring({line} from '[^@]*$') || '.', %s) > 0"), [f".{condition.text}."]
            case _:
                yield sql.SQL(f"strpos({line}, %s) > 0"), [condition.text]


def _joined(clauses: list[Clause], by: str, none: str) -> Clause:
    if not clauses:
        return sql.SQL(none), []
    joined = sql.SQL("({})").format(sql.SQL(by).join(clause for clause, _ in clauses))
    return joined, [value for _, values in clauses for value in values]
