"""`durometer attack`: one picture under one attack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from PIL.Image import Image

    from durometer.core import Attack, Threat
    from durometer.run.attack_one import AttackedImage


def attack(
    image: Annotated[Path, typer.Argument(help="A picture.")],
    model: Annotated[str, typer.Option("--model", "-m", help="A file, a name of the zoo, timm:NAME, …")],
    attack: Annotated[
        str, typer.Option("--attack", "-a", help="Its name, or with parameters 'pgd(steps=40)'.")
    ] = "apgd",
    epsilon: Annotated[
        str | None, typer.Option("--epsilon", "-e", help="How large the change may be: 8/255, 0.5.")
    ] = None,
    norm: Annotated[
        str | None, typer.Option("--norm", help="linf, l2, l1, l0 or another threat's name.")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", help="The class to reach, by name or number; else any other.")
    ] = None,
    label: Annotated[
        str | None, typer.Option("--label", help="The right class; the model's own answer if not given.")
    ] = None,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for pictures and page.")] = Path(
        "attacked"
    ),
    input: Annotated[str | None, typer.Option("--input", help="What the network expects, as in run.")] = None,
    output: Annotated[str, typer.Option("--output", help="logits or probabilities.")] = "auto",
    canvas: Annotated[int, typer.Option("--canvas", help="Short side of the canvas in pixels.")] = 256,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the dice.")] = 0,
    trust_code: Annotated[bool, typer.Option("--trust-code", help="Run the model's own code.")] = False,
    download: Annotated[bool, typer.Option("--download", help="Let named models be downloaded.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Attack one picture: write it before and after, the change magnified, and the path of the search.

    Examples:

      durometer attack dog.jpg -m net.onnx

      durometer attack dog.jpg -m net.onnx --attack 'pgd(steps=40)' --epsilon 4/255 --target cat
    """
    from durometer.models import load_model
    from durometer.run.attack_one import attack_one

    chosen = chosen_attack(attack)
    threat = chosen_threat(norm, epsilon, chosen)
    net = load_model(model, input=input, output=output, trust_code=trust_code, download=download)
    found = attack_one(image, net, chosen, threat, label=label, target=target, short_side=canvas, seed=seed)
    told = written(found, out, image, net.card.name)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
        return
    if net.card.output == "probabilities":
        print("The model answers with probabilities; their logarithms stand for logits.")
    print(f"{told['verdict']}\nPictures and page: {out}")


def chosen_attack(text: str) -> Attack:
    """Return the attack of a name or a recipe."""
    from durometer.attack import ATTACKS
    from durometer.core.recipe import one

    step = one(text, where="--attack")
    return ATTACKS.make(step.name, step.named, where="--attack")


def chosen_threat(norm: str | None, epsilon: str | None, attack: Attack) -> Threat:
    """Return the threat of the options; what they leave open is the attack's own, or L-infinity's."""
    from durometer.run.attacks import make_threat, said_threat

    said = said_threat(attack.name, norm, epsilon, where="--attack")
    return make_threat(said, attack, where="--epsilon")


def written(found: AttackedImage, out: Path, image: Path, model: str) -> dict[str, Any]:
    """Write pictures, page and figures, and return the figures."""
    import numpy as np

    from durometer.report.attacked import document, verdict

    pictures = {
        "original": picture(found.x),
        "change": picture(0.5 + found.magnified * (found.found - found.x)),
        "result": picture(found.found),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, one in pictures.items():
        one.save(out / f"{image.stem}-{name}.png")
    np.save(out / f"{image.stem}-result.npy", found.found.cpu().numpy())
    page = document(found, pictures, name=image.name, model=model)
    (out / f"{image.stem}-attack.html").write_text(page, encoding="utf-8")
    told = {
        "verdict": verdict(found), "title": found.title, "aim": found.aim, "broken": found.broken,
        "broken_rounded": found.broken_rounded, "size": found.size, "magnified": found.magnified,
        "before": pairs(found.before), "after": pairs(found.after), "rounded": pairs(found.rounded),
        "facts": found.facts, "path": list(found.path),
    }  # fmt: skip
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (out / f"{image.stem}-attack.json").write_text(f"{text}\n", encoding="utf-8")
    return told


def pairs(answer: Any) -> list[list[Any]]:
    """Return an answer as JSON: [name, share], likeliest first."""
    return [[name, round(share, 6)] for name, share in zip(answer.names, answer.shares, strict=True)]


def picture(x: Any) -> Image:
    """Return (C, h, w) in [0, 1] as a picture of one or three colors."""
    import torch
    from PIL import Image

    shown = x if x.shape[0] in (1, 3) else x[:1]
    levels = (shown.clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).squeeze(-1)
    return Image.fromarray(levels.contiguous().cpu().numpy())
