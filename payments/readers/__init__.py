"""Bank-file formats: one module a format, all listed in `registry`. Pure: bytes in, pieces out."""
