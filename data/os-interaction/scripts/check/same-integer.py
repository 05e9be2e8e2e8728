"""Passes when both arguments, the answer and what is expected, are the same whole number."""
import sys

answer, expected = sys.argv[1:3]
try:
    same = int(answer) == int(expected)
except ValueError:
    same = False
sys.exit(0 if same else 1)
