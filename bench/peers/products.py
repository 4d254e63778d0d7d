"""PyTorch's float32 matrix products at the shapes of bench/kernels_bench.ts, in GFLOP a second of processor time.

    python products.py            # one thread, so processor time is comparable on a busy machine

The product is forward, out = x Wᵀ + b, and backward, dx = dy W. With Debian's python3-torch set
OPENBLAS_CORETYPE=SKYLAKEX (or what the processor is), or its BLAS picks kernels of 2004.
"""

import time

import torch

torch.set_num_threads(1)
for m, k, n in [(1280, 384, 1536), (1280, 768, 3072), (1280, 1024, 4096), (1280, 4096, 1024)]:
    x, w, b, dy = torch.randn(m, k), torch.randn(n, k), torch.randn(n), torch.randn(m, n)
    rates = []
    for product in (lambda: torch.nn.functional.linear(x, w, b), lambda: dy @ w):
        best = float("inf")
        for _ in range(5):
            start = time.process_time()
            product()
            best = min(best, time.process_time() - start)
        rates.append(2e-9 * m * k * n / best)
    print(f"{m} x {k} x {n}: forward {rates[0]:.1f}, backward {rates[1]:.1f} GFLOP/s")
