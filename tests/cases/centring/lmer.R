Y ~ X_bar + I(X - X_bar) + (I(X - X_bar) | j)
