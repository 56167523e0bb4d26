"""From features to a submission: prediction, the CSV contract, the manifest."""
