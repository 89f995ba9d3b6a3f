"""From scored customers to the published list that customer success works from."""
