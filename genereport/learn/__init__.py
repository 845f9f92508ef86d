"""Selection and classification: scikit-learn-compatible estimators, resampling, metrics with intervals."""
