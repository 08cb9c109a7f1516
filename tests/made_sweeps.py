"""Tables as a sweep leaves them, made from formulas, for tests of what is concluded from them."""
