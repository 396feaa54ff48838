"""The steps of the load: what each carried, its verdict, and the capacity that follows."""
