/**
 * Products on matrix units: what is chosen, everywhere; the kernels on a newer Mesa's software Vulkan, which
 * has matrices of 8 x 8.
 */

import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type Check, gpuOps, openDevice, openScheme } from "../../../internal.ts";
import { matmul } from "../../../src/compute/gpu/matmul.ts";
import { matrixTileBytes, scaleOf } from "../../../src/compute/gpu/matmul_matrix.ts";
import { matrixProducts } from "../../../src/compute/gpu/matrix_products.ts";
import {
  candidates,
  matrixTiles,
  type Tile,
  tileName,
  tileOf,
  tileSize,
} from "../../../src/compute/gpu/tile.ts";
import { choose, tunedKernels } from "../../../src/compute/gpu/tuning.ts";
import { relativeDistance } from "../../attribution/golden.ts";
import { hasGpu, loaderOf } from "../../backends.ts";
import { inFolder } from "../../cli/run.ts";
import { mesaTest, onNewerMesa } from "../../newer_mesa.ts";

const matrix = { rows: 16, columns: 16, inner: 16, lanes: 32 };
const [large, , small] = matrixTiles(matrix, 2);

Deno.test("scaleOf() leaves the largest number 14 bits, and numbers without a size as they are", () => {
  for (const largest of [1, 1.5, 3e-20, 65504, 0.7]) {
    const scaled = largest * scaleOf(largest);
    assert(scaled >= 2 ** 13 && scaled < 2 ** 14, String(scaled));
    assertEquals(Math.log2(scaleOf(largest)) % 1, 0);
  }
  assertEquals([0, NaN, Infinity].map(scaleOf), [1, 1, 1]);
  assertEquals(scaleOf(1e-38), 2 ** 100);
});

Deno.test("kernels on matrices fit into what GPUs have of workgroup memory, and say what they are", () => {
  for (const parts of [1, 2] as const) {
    for (const tile of matrixTiles(matrix, parts)) assert(matrixTileBytes(tile) <= 48 * 1024);
  }
  assertEquals(tileSize(large), { rows: 128, columns: 128 });
  assertEquals(tileName(small), "matrix 64x64x32, 2x2 of 16x16x16 a subgroup, two parts");
  const shape = { wide: true, even: true, half: false, mask: false, gelu: true, tile: large };
  assert(matmul({ ...shape, backward: false }, matrixProducts).code.startsWith("enable f16;"));
});

Deno.test("tunedKernels() has matrices where a device has them, alone for tf16, and none for float16 weights", () => {
  const device = { software: false, matrix };
  const count = (text: string) => text.split("fn matmul(").length - 1;
  const floats = 2 * candidates.gpu.length;
  assertEquals(count(tunedKernels({ software: false })), floats);
  assertEquals(count(tunedKernels(device)), floats + 2 * matrixTiles(matrix, 2).length);
  assertEquals(count(tunedKernels(device, "tf16")), 2 * matrixTiles(matrix, 1).length);
  assertEquals(tunedKernels(device, "f16"), tunedKernels({ software: false }));
});

Deno.test({
  name: "gpuOps() refuses what needs matrices on a device that has none",
  ignore: !hasGpu,
  async fn() {
    for (const options of [{ precision: "tf16" }, { tile: large }] as const) {
      const device = await openDevice(navigator.gpu);
      assertEquals(device.matrix, undefined);
      const error = assertThrows(() => gpuOps(device, options), RangeError);
      assertStringIncludes(error.message, "Cannot multiply matrices of float16 on");
      device.device.destroy();
    }
  },
});

/** A line of a tuning: GFLOP/s of the first float32 kernel, the second, and of two on matrices. */
function line(size: "small" | "large" | "huge", rates: readonly number[]) {
  const tiles: readonly Tile[] = [candidates.gpu[0], candidates.gpu[1], large, small];
  const measured = tiles.map((tile, i) => ({ tile, gigaflops: rates[i] }));
  return { product: "linear", size, shape: [1, 1, 1], candidates: measured } as const;
}

Deno.test("choose() takes matrices at all products or at none, and only where large ones gain by half", () => {
  const taken = (lines: Parameters<typeof choose>[0]) => choose(lines).map(({ chosen }) => chosen);
  const slow = line("small", [20, 10, 5, 8]);
  assertEquals(
    taken([slow, line("large", [20, 40, 61, 10]), line("huge", [40, 10, 10, 60])]),
    [small, large, small],
  );
  assertEquals(
    taken([slow, line("large", [20, 40, 61, 10]), line("huge", [40, 10, 10, 59])]),
    [candidates.gpu[0], candidates.gpu[1], candidates.gpu[0]],
  );
  const alone = { ...slow, candidates: slow.candidates.slice(2) };
  assertEquals(taken([alone]), [small]);
});

Deno.test("tileOf() gives products that matrices cannot make the fastest kernel of float32", () => {
  const tuning = choose([line("small", [20, 30, 5, 8]), line("huge", [10, 10, 60, 60])]);
  const out = { rows: 512, width: 512, software: false };
  assertEquals(tileOf(tuning, "linear", out), small);
  assertEquals(tileOf(tuning, "linear", { ...out, isFloat: true }), candidates.gpu[1]);
});

mesaTest(
  "products on matrices are float32's in two parts of float16, rows of any size, and tf16's in one",
  async () => {
    const { code, stdout, stderr } = await onNewerMesa(["run", "tests/compute/gpu/on_matrices.ts"]);
    assertEquals(code, 0, stderr);
    const [two, one]: {
      adapter: string;
      kernels: Record<string, string>;
      checks: Check[];
      errors: number[];
      sameBits: boolean;
    }[] = JSON.parse(stdout);
    assertStringIncludes(two.adapter, "products in float32 of two float16");
    assertStringIncludes(one.adapter, "products in float16");
    for (const { checks, kernels, sameBits } of [two, one]) {
      assert(sameBits, "another tile gives other bits");
      assertStringIncludes(kernels["matrix product"], "matrix");
      assertGreater(checks.length, 10);
      assertEquals(checks.filter(({ error, bound }) => !(error <= bound)), []);
    }
    const worst = (errors: number[]) => Math.max(...errors);
    assertLess(worst(two.errors), 1e-6);
    assertLess(worst(one.errors), 1e-3);
    assertGreater(worst(one.errors), 1e-5); // float16 was used
    assertEquals(two.errors[7], 0);
  },
);

mesaTest(
  "attribute --precision tf16 is float64's to a hundredth, and says what it is",
  async () => {
    await inFolder(async (folder) => {
      const lines = (await Deno.readTextFile("fixtures/pairs.tsv")).split("\n").slice(0, 2);
      await Deno.writeTextFile(`${folder}/pairs.tsv`, `${lines.join("\n")}\n`);
      const schemes = [];
      for (const [name, device] of [["tf16", "dawn"], ["f32", "cpu"]]) {
        const { code, stderr } = await onNewerMesa([
          ...["run", "cli.ts", "attribute", "--model=fixtures/tiny-cross-encoder", "--quiet"],
          ...[`--pairs=${folder}/pairs.tsv`, "--agreement=off", "--rule=trapezoid", "--steps=4"],
          ...[
            `--device=${device}`,
            `--precision=${name}`,
            `--output=${folder}/${name}.safetensors`,
          ],
        ]);
        assertEquals(code, 0, stderr);
        const load = loaderOf(new URL(`file://${folder}/`));
        schemes.push(await openScheme(load, `${name}.safetensors`));
      }
      const [tf16, float64] = schemes;
      assertEquals(tf16.metadata.products, "float16");
      assertEquals(float64.metadata.products, undefined);
      assertStringIncludes(tf16.metadata.adapter, "Dawn, products in float16");
      const distance = relativeDistance(tf16.mean, float64.mean);
      assertLess(distance, 1e-2);
      assertGreater(distance, 1e-5);
    });
  },
);
