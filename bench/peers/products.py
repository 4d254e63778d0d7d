"""PyTorch's float32 matrix products at the shapes of bench/kernels_bench.ts.

    python products.py            # GFLOP a second of processor time on one thread, comparable on a busy machine
    python products.py cuda       # GFLOP a second on the GPU, in float32, TensorFloat-32 and float16

The product is forward, out = x Wᵀ + b, and backward, dx = dy W. With Debian's python3-torch set
OPENBLAS_CORETYPE=SKYLAKEX (or what the processor is), or its BLAS picks kernels of 2004.
"""

import sys
import time

import torch

SHAPES = [(1280, 384, 1536), (1280, 768, 3072), (1280, 1024, 4096), (1280, 4096, 1024)]
GPU_SHAPES = [(1280, 384, 384), (1280, 768, 768), (1280, 1024, 1024), (4096, 1024, 1024), (4096, 1024, 4096),
              (4096, 4096, 1024), (16384, 1024, 4096)]


def rates(shape, device, seconds_of, dtype=torch.float32):
    m, k, n = shape
    x, w, b, dy = (torch.randn(size, device=device, dtype=dtype) for size in [(m, k), (n, k), (n,), (m, n)])
    products = (lambda: torch.nn.functional.linear(x, w, b), lambda: dy @ w)
    return [2e-9 * m * k * n / min(seconds_of(product) for _ in range(5)) for product in products]


def processor_seconds(product):
    start = time.process_time()
    product()
    return time.process_time() - start


def gpu_seconds(product, times=20):
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    start.record()
    for _ in range(times):
        product()
    end.record()
    end.synchronize()
    return start.elapsed_time(end) / 1000 / times


def show(label, shape, found):
    m, k, n = shape
    print(f"{label}{m} x {k} x {n}: forward {found[0]:.1f}, backward {found[1]:.1f} GFLOP/s")


if sys.argv[1:] == ["cuda"]:
    print(f"torch {torch.__version__}, {torch.cuda.get_device_name()}")
    for tf32 in (False, True):
        torch.backends.cuda.matmul.allow_tf32 = tf32
        for shape in GPU_SHAPES:
            show("TensorFloat-32, " if tf32 else "", shape, rates(shape, "cuda", gpu_seconds))
    for shape in GPU_SHAPES:
        show("float16, ", shape, rates(shape, "cuda", gpu_seconds, torch.float16))
else:
    torch.set_num_threads(1)
    for shape in SHAPES:
        show("", shape, rates(shape, "cpu", processor_seconds))
