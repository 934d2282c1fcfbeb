"""Names of the files of a report."""

PAGE, TABLE = "index.html", "networks.csv"
FRONT = "front.png"
