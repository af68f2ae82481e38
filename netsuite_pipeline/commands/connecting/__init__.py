"""What `netsuite-pipeline connect` is made of: the guide, the questions, the sign-in, the file."""
