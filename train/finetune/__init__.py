"""Fine-tuning of checkpoints that others trained: adapters on instruction data, resumable, estimated beforehand."""
