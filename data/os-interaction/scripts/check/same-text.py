"""Passes when both arguments, the answer and what is expected, are the same text but for blanks around it."""
import sys

answer, expected = sys.argv[1:3]
sys.exit(0 if answer.strip() == expected.strip() else 1)
