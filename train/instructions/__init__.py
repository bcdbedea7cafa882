"""Instruction data of users: conversations in the formats that others use, and what can be wrong with them."""
