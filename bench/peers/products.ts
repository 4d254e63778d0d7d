/**
 * The product of [1280, 1024] and [1024, 4096] in float32 by other libraries that run in Deno, beside
 * ours, by turns in one run:
 *
 *     deno run -A --no-lock bench/peers/products.ts [ROUNDS]
 *
 * In WebAssembly, one thread each: ONNX Runtime Web. (jax-js's wasm needs Blob workers that Deno does
 * not start.) On WebGPU, all on the adapter that Deno finds: every kernel that ours may choose, jax-js and
 * TensorFlow.js. Prints the best of each and its ratio to the first of ours. The packages are fetched when this runs; neither the project nor its
 * checks know of them.
 */

import { gpuOps, openDevice, type Ops, simdOps } from "../../internal.ts";
import { candidates, type Tile, tileName } from "../../src/compute/gpu/tile.ts";
import { productModel } from "./onnx_product.ts";

const [M, K, N] = [1280, 1024, 4096];
const rounds = Number(Deno.args[0] ?? 3);
let seed = 1;
const floats = (count: number) =>
  Float32Array.from({ length: count }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 31 - 1;
  });
const left = floats(M * K);
const right = floats(N * K); // [N, K]: y = x Wᵀ, as ours
const transposed = Float32Array.from(
  { length: K * N },
  (_, i) => right[(i % N) * K + Math.floor(i / N)],
);
/** A line where a window may begin on every backend. */
const LINE = 1216;
/** What every library must find for y[LINE, 7]. */
const witness = left.slice(LINE * K, (LINE + 1) * K)
  .reduce((sum, x, k) => sum + x * right[7 * K + k], 0);

/** Computes the product once and returns y[LINE, 7]. */
type Product = () => Promise<number>;

function ours(ops: Ops): Product {
  const x = ops.floats(M, K, left);
  const y = ops.zeros(M, N);
  const linear = { weight: ops.floats(N, K, right), bias: ops.zeros(1, N) };
  return async () => {
    ops.linear(y, x, linear);
    const row = ops.slice(y, LINE, 1);
    const value = (await ops.read(row))[7];
    ops.free(row);
    return value;
  };
}

// The packages' names are no literals, so that nothing but a run of this file looks for them.
const load = (specifier: string) => import(specifier);

async function jax(): Promise<Product> {
  const library = await load("npm:@jax-js/jax@0.1.25");
  const found: string[] = await library.init();
  if (!found.includes("webgpu")) throw new Error("jax-js has no webgpu here");
  library.defaultDevice("webgpu");
  const { numpy } = library;
  const x = numpy.array(left).reshape([M, K]);
  const w = numpy.array(right).reshape([N, K]);
  return async () => {
    const y = numpy.matmul(x.ref, numpy.transpose(w.ref));
    const corner = y.slice([LINE, LINE + 1], [7, 8]);
    return (await corner.data())[0];
  };
}

async function tensorflow(): Promise<Product> {
  const library = await load("npm:@tensorflow/tfjs-core@4.22.0");
  await load("npm:@tensorflow/tfjs-backend-webgpu@4.22.0");
  if (!await library.setBackend("webgpu")) throw new Error("TensorFlow.js has no webgpu here");
  const [x, w] = [library.tensor2d(left, [M, K]), library.tensor2d(right, [N, K])];
  return async () => {
    const y = library.matMul(x, w, false, true);
    const corner = library.slice(y, [LINE, 7], [1, 1]);
    const [value] = await corner.data();
    library.dispose([y, corner]);
    return value;
  };
}

async function onnx(): Promise<Product> {
  const library = await load("npm:onnxruntime-web@1.30.0/wasm");
  library.env.wasm.numThreads = 1; // more of them need Blob modules, which Deno does not load
  const model = productModel([M, K, N], transposed);
  const session = await library.InferenceSession.create(model, { executionProviders: ["wasm"] });
  const x = new library.Tensor("float32", left, [M, K]);
  return async () => (await session.run({ x })).y.data[LINE * N + 7];
}

/** Runs the competitors by turns and prints the best of each. */
async function compare(title: string, competitors: Record<string, () => Promise<Product>>) {
  const products = new Map<string, Product>();
  for (const [name, open] of Object.entries(competitors)) {
    try {
      const product = await open();
      const value = await product(); // compiles
      if (Math.abs(value - witness) > 1e-3) throw new Error(`expected ${witness}, got ${value}`);
      products.set(name, product);
    } catch (error) {
      console.log(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  const best = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    for (const [name, product] of products) {
      const start = performance.now();
      await product();
      best.set(name, Math.min(best.get(name) ?? Infinity, performance.now() - start));
    }
  }
  console.log(`\n${title}: ${M} x ${K} x ${N}, best of ${rounds}`);
  const [reference] = best.values();
  for (const [name, milliseconds] of best) {
    const rate = 2e-6 * M * K * N / milliseconds;
    console.log(
      `${name.padEnd(34)} ${rate.toFixed(2).padStart(8)} GFLOP/s  ${
        (reference / milliseconds).toFixed(2)
      } of ours`,
    );
  }
}

const simd = await simdOps({ threads: 1 });
await compare("WebAssembly, one thread", {
  ours: () => Promise.resolve(ours(simd)),
  "onnxruntime-web 1.30": onnx,
});
simd.close();
const { adapter, software } = await openDevice(navigator.gpu);
const ofTile = (tile: Tile) => async () => ours(gpuOps(await openDevice(navigator.gpu), { tile }));
await compare(`WebGPU, ${adapter}`, {
  ...Object.fromEntries(
    candidates[software ? "software" : "gpu"]
      .map((tile) => [`ours, ${tileName(tile)}`, ofTile(tile)]),
  ),
  "jax-js 0.1.25": jax,
  "TensorFlow.js 4.22": tensorflow,
});
Deno.exit(0); // libraries leave workers and devices behind
