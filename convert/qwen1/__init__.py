"""Qwen-7B of 2023 and its kin (`model_type` qwen) as Qwen2: the same numbers under other names."""
