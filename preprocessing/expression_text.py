"""Expressions as people write them, for messages and tables."""

from phat.preprocessing.expressions import Expression

_INFIX = {
    "+": (4, "{} + {}"), "-": (4, "{} - {}"), "*": (5, "{} * {}"), "/": (5, "{} / {}"), "//": (5, "{} // {}"),
    "%": (5, "{} % {}"), "**": (7, "{} ** {}"), "<": (3, "{} < {}"), "<=": (3, "{} <= {}"), ">": (3, "{} > {}"),
    ">=": (3, "{} >= {}"), "==": (3, "{} == {}"), "!=": (3, "{} != {}"), "and": (2, "{} and {}"), "or": (1, "{} or {}"),
}  # fmt: skip
"""How binary operations are written, and how strongly they bind."""


def text_of(expression: Expression) -> str:
    """An expression as people write it, such as `log(income + 1)`."""
    return _text(expression, 0)


def _text(expression: Expression, outer: int) -> str:
    if isinstance(expression, str):
        return repr(expression)
    if not isinstance(expression, tuple):
        number = f"{expression:.6g}"
        return f"({number})" if expression < 0 and outer else number
    operation, *operands = expression
    if operation == "field":
        return str(operands[0])
    if operation in _INFIX:
        strength, form = _INFIX[operation]
        first, *others = (_text(operand, strength + (place > 0)) for place, operand in enumerate(operands))
        text = first
        for other in others:
            text = form.format(text, other)
        return f"({text})" if strength < outer else text
    return _call(operation, operands)


def _call(operation: str, operands: list[Expression]) -> str:
    if operation == "in":
        return f"({_text(operands[0], 3)} in {', '.join(map(_text, operands[1], [0] * len(operands[1])))})"
    if operation == "map":
        return f"table({_text(operands[0], 0)}, {len(operands[1])} values)"
    if operation == "pp":
        low, high = operands[1].breaks[0], operands[1].breaks[-1]
        return f"spline({_text(operands[0], 0)}, {low:.6g} to {high:.6g})"
    name = {"neg": "-", "not": "not "}.get(operation, operation)
    return f"{name}({', '.join(_text(operand, 0) for operand in operands)})"
