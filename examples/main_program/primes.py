"""Counts primes with a sieve of tensors. `tsaot run primes.py` prints the same as `python primes.py`; so does the executable of `tsaot build primes.py -o primes`."""
import torch


@torch.jit.script
def count_primes(limit: int) -> int:
    sieve = torch.ones(limit, dtype=torch.bool)
    sieve[:2] = False
    n = 2
    while n * n < limit:
        if bool(sieve[n]):
            sieve[n * n::n] = False
        n += 1
    return int(sieve.sum())


def main():
    for limit in [10, 100, 1000, 10000, 100000, 1000000]:
        print(f"{count_primes(limit)} primes below {limit}")


if __name__ == "__main__":
    main()
