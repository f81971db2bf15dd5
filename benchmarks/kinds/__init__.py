"""Six fits of several kinds, served by phat, vetiver and MLflow, and the same records sent to each."""
