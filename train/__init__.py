"""Training: data, base, LoRA fine-tuning, merge, evaluation."""
