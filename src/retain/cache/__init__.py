"""What retain keeps to be faster the next time: never needed, never trusted unseen, bounded in size."""
