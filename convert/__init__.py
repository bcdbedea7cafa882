"""From a Hugging Face checkpoint to a GGUF that llama.cpp runs, to a smaller one, and the proof that they agree.

`checkpoint` reads a folder, `hparams`, `tensors` and `vocab` map it, `gguf` writes it, `quantize` shrinks it,
`compare` measures what was lost. Importing this package loads none of numpy, torch, gguf or llama_cpp.
"""
