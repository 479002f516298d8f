"""The tools that metrics may use besides their records: images, encoders, judges, parsers and taggers."""
