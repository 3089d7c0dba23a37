"""What happens behind `compare` and `mutate`, one step a file."""
