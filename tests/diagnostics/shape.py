import torch


@torch.jit.script
def product(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.mm(a, b)


def main():
    print(product(torch.ones(2, 3), torch.ones(2, 3)))


if __name__ == "__main__":
    main()
