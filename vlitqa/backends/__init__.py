"""What metrics may use besides their records: images, and later encoders, judges, parsers and taggers."""
