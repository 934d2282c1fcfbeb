"""Names that a network's YAML, its file or a run may have, and whether they are taken."""

TAKEN = (
    "mine", "a", "_x", "moga-1", "v1.5", "a..b", "a.", "CON", "nul", "LPT1.txt", "x.yaml", "x.sqlite", "0", "1e5",
    "große-Straße", "сеть", "漢字", "weights", "index.html", "x" * 100,
)  # fmt: skip
REFUSED = (
    "", " ", ".", "..", "...", ".hidden", "/", "/etc/passwd", "/tmp/made", "../made", "../../made", "a/b",
    "a/../../made", "a\\b", "C:\\made", "\\\\host\\made", "~", "~/made", "$HOME", "${HOME}", "%00", "%2e%2e%2fmade",
    "{}", "{0}", "[/x]", "[bold]", "-rf", "--help", "a b", "a ", " a", "a\nb", "a\rb", "a\tb", "a\x00b", "a\x1b[31m",
    "\u202egpj.exe", "\u200bmade", "🚀", "a*", "a?", "a:b", "a|b", "a;ls", "$(touch made)", "`touch made`", "<script>",
    "'", '"', "x" * 101, "x" * 300, "漢" * 50, "e\u0301" * 5,
)  # fmt: skip
OF_A_FILE = (  # a run may have them, but a network would stand beside that file
    "artifact.json", "Artifact.JSON", "begun.json", "record.json", "chosen", "logs", "checkpoints", "wandb",
    "result.json", "evaluations.json",
)  # fmt: skip
