"""Writers: language models that make the texts of instruction data, on a server or on this machine."""
