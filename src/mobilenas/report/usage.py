"""The facts that are written into an exported network's file, and the lines of Python that use the file."""

from mobilenas.engine.export.about import image_texts
from mobilenas.report.result import ImageFormat

CODE = """\
import json
import numpy as np
import onnxruntime
from PIL import Image, ImageOps

session = onnxruntime.InferenceSession("{file}")
about = session.get_modelmeta().custom_metadata_map
mean, std = (np.array(json.loads(about[name]), np.float32) for name in ("mean", "std"))

image = ImageOps.exif_transpose(Image.open("image.png")).convert("RGB")
image = ImageOps.fit(image, ({size}, {size}), Image.Resampling.BILINEAR{bleed})
pixels = (np.asarray(image, np.float32) / 255 - mean) / std
(scores,) = session.run(None, {{"input": pixels.transpose(2, 0, 1)[None]}})
print(json.loads(about["classes"])[scores.argmax()])
"""


def metadata(images: ImageFormat) -> dict[str, str]:
    """Returns the facts of an ONNX file, as JSON by name."""
    return image_texts(images.mean, images.std, images.classes)


def code(file: str, images: ImageFormat) -> str:
    """Returns lines of Python that recognize one image with the network in a file."""
    margin = (1 - images.center_share) / 2  # that is cut off on each side before the middle square
    return CODE.format(file=file, size=images.size[0], bleed=f", bleed={margin:g}" if margin else "")
