"""What code can prove about a document or an answer: PASS, REVIEW, FIX or not checked."""
