"""``python -m genereport``."""

from genereport.cli import main

if __name__ == "__main__":
    main()
