"""Names of the files of a report."""

PAGE, TABLE, BASELINES = "index.html", "networks.csv", "baselines.csv"
FRONT = "front.png"
