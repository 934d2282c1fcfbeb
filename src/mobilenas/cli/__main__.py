"""``python -m mobilenas.cli``"""

from mobilenas.cli.command import main

if __name__ == "__main__":
    main()
