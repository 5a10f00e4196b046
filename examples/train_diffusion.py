"""Train a tiny unconditional diffusion model on scenes, for trying out `diffusion-background`.

    python examples/train_diffusion.py OUT [--steps 1500] [--size 32]

A few CPU minutes, about 0.4 million parameters. OUT becomes a folder as diffusers writes it, with `unet` and
`scheduler`.
Needs: pip install 'durometer[diffusion]'.
"""

import argparse
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from diffusers import DDPMScheduler, UNet2DModel

from durometer.data.scenes import Scenes


def small_unet(size, width=32):
    """Return a UNet of two halvings without attention."""
    return UNet2DModel(
        sample_size=size, in_channels=3, out_channels=3, layers_per_block=1, norm_num_groups=8,
        block_out_channels=(width, width, 2 * width), down_block_types=("DownBlock2D",) * 3,
        up_block_types=("UpBlock2D",) * 3, add_attention=False,
    )  # fmt: skip


def train(pictures, *, steps, batch=32, rate=1e-3, seed=0, width=32):
    """Return a UNet that predicts the noise in pictures (N, 3, S, S) in [0, 1], and its scheduler."""
    torch.manual_seed(seed)
    unet, scheduler = small_unet(pictures.shape[-1], width), DDPMScheduler(num_train_timesteps=1000)
    optimizer = torch.optim.AdamW(unet.parameters(), lr=rate, weight_decay=0.0)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for step in range(steps):
        clean = 2 * pictures[torch.randint(len(pictures), (batch,))] - 1
        noise, times = torch.randn_like(clean), torch.randint(1000, (batch,))
        loss = F.mse_loss(unet(scheduler.add_noise(clean, noise, times), times).sample, noise)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(unet.parameters(), 1.0)
        optimizer.step()
        decay.step()
        if step % 100 == 0:
            print(f"step {step}: loss {loss.item():.4f}", flush=True)
    return unet.eval(), scheduler


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--size", type=int, default=32)
    parser.add_argument("--width", type=int, default=32, help="channels of the first level")
    parser.add_argument("--images", type=int, default=2000)
    options = parser.parse_args()
    scenes = Scenes(split="uniform", n=options.images, size=options.size)
    pictures = torch.stack([scenes[i].x.float() / 255 for i in range(len(scenes))])
    begun = time.process_time()
    unet, scheduler = train(pictures, steps=options.steps, width=options.width)
    unet.save_pretrained(options.out / "unet")
    scheduler.save_pretrained(options.out / "scheduler")
    size = sum(p.numel() for p in unet.parameters())
    print(f"{size} parameters, {time.process_time() - begun:.0f} CPU seconds, in {options.out}")


if __name__ == "__main__":
    main()
