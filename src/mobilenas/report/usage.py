"""The facts that are written into an exported network's file, and the lines of Python that use the file."""

from mobilenas.engine.export.about import image_texts
from mobilenas.network.heads import SSDLite
from mobilenas.network.spec import NetworkSpec
from mobilenas.report.anchors_file import ENDING
from mobilenas.report.result import ImageFormat

OPEN = """\
import json
import numpy as np
import onnxruntime
from PIL import Image, ImageOps

session = onnxruntime.InferenceSession("{file}")
about = session.get_modelmeta().custom_metadata_map
mean, std = (np.array(json.loads(about[name]), np.float32) for name in ("mean", "std"))

image = ImageOps.exif_transpose(Image.open("image.png")).convert("RGB")
"""

RUN = """\
pixels = (np.asarray(image, np.float32) / 255 - mean) / std
outputs = session.run(None, {"input": pixels.transpose(2, 0, 1)[None]})
classes = json.loads(about["classes"])
"""

CLASS = """\
image = ImageOps.fit(image, ({width}, {height}), Image.Resampling.BILINEAR{bleed})
"""

WHOLE = """\
photo, image = image, image.resize(({width}, {height}), Image.Resampling.BILINEAR)
"""

NAME = "print(classes[outputs[0].argmax()])\n"

MASK = """\
mask = outputs[0][0].argmax(0)  # the class of each pixel
for label, count in zip(*np.unique(mask, return_counts=True)):
    print(f"{classes[label]}: {count / mask.size:.1%} of the pixels")
"""

BOXES = """\
anchors = np.loadtxt("ANCHORS", np.float32, delimiter=",", skiprows=1)
sizes = anchors[:, 2:] - anchors[:, :2]
middles = (anchors[:, :2] + sizes / 2) + outputs[0][0, :, :2] / 10 * sizes
halves = np.exp(outputs[0][0, :, 2:] / 5) * sizes / 2
boxes = np.concatenate([middles - halves, middles + halves], 1) * np.tile(np.divide(photo.size, image.size), 2)
shares = np.exp(outputs[1][0] - outputs[1][0].max(1, keepdims=True))
scores = (shares / shares.sum(1, keepdims=True))[:, 1:]  # the first column is the background

# boxes are left, top, right and bottom in pixels of the photo
areas = (boxes[:, 2:] - boxes[:, :2]).prod(1)
for label in range(len(classes)):
    order = [place for place in scores[:, label].argsort()[::-1] if scores[place, label] >= 0.5]
    while order:
        best = order.pop(0)
        print(f"{classes[label]} {scores[best, label]:.2f}:", boxes[best].round().astype(int).tolist())
        common = np.minimum(boxes[order, 2:], boxes[best, 2:]) - np.maximum(boxes[order, :2], boxes[best, :2])
        common = common.clip(0).prod(1)
        overlap = common / (areas[order] + areas[best] - common)
        order = [place for place, share in zip(order, overlap) if share <= 0.55]
"""


def metadata(images: ImageFormat) -> dict[str, str]:
    """Returns the facts of an ONNX file, as JSON by name."""
    return image_texts(images.mean, images.std, images.classes)


def code(file: str, images: ImageFormat, network: NetworkSpec) -> str:
    """Returns lines of Python that use the network in a file on one image.

    Args:
        file: the name of the file
        images: the format of its images
        network: its description
    """
    height, width = images.size
    begin = OPEN.format(file=file)
    if network.head is None:
        margin = (1 - images.center_share) / 2  # that is cut off on each side before the middle square
        bleed = f", bleed={margin:g}" if margin else ""
        return begin + CLASS.format(height=height, width=width, bleed=bleed) + RUN + NAME
    end = BOXES.replace("ANCHORS", file + ENDING) if isinstance(network.head, SSDLite) else MASK
    return begin + WHOLE.format(height=height, width=width) + RUN + end
