"""What became of past lists, what contacting brought, and whether customers are as the model knew them."""
