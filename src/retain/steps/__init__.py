"""The steps of the road, each a function of a `Run`: check, features, train, predict."""
