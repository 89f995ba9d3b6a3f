"""From events to a tested model: features, labels, training, evaluation."""
