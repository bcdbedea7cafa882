"""Numbers and quantities of Chinese and English text, exact and in one form for both languages."""

from taibao_cli.patents.quantities.numbers import Number, numbers
from taibao_cli.patents.quantities.read import Quantity, quantities

__all__ = ["Number", "Quantity", "numbers", "quantities"]
