"""What importing this room brings with it, in a process of its own."""

import subprocess
import sys

SCRIPT = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(name)s %(message)s")
logging.getLogger("torch").setLevel(logging.WARNING)
import tapetum.models
heavy = {"timm", "torchvision", "huggingface_hub", "safetensors"} & set(sys.modules)
assert not heavy, heavy
from tapetum.models.torchvision_import import _declared, import_timm, import_torchvision
vision = import_torchvision()
assert import_torchvision() is vision
assert import_timm().create_model("test_resnet") is not None
assert vision.models.get_model("squeezenet1_1", weights=None) is not None
import torch
print(len(_declared), torch.ops.torchvision.nms.default._schema)
"""


def test_timm_and_torchvision_come_when_they_are_needed():
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", SCRIPT], capture_output=True, text=True, check=True, timeout=120
    )
    declared, schema = done.stdout.split(" ", 1)
    assert "torchvision::nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor" in schema
    said = "DEBUG tapetum.models.torchvision_import" in done.stderr
    assert said == (declared == "1")
