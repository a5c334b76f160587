"""What a network looks for: pictures made for its units, dreams, evidence paths."""
