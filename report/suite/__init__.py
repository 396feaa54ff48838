"""Many runs of a suite: their folder, what is measured of each, what they tell together, and the one report on them."""
