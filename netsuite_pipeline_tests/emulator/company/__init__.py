"""What the sample company promises."""
