"""The only folder that calls llama.cpp. Each class owns one C object, checks every return value and frees it once.

Free in the order samplers, context, model. Names and behaviour are those of llama-cpp-python 0.3.36.
"""
