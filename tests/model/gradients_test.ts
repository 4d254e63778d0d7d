/** Hidden states and gradients against PyTorch in float64, at two points of a pair's path. */

import { assert, assertEquals, assertLess } from "@std/assert";
import { cpuOps, openCrossEncoder, openSafetensors, type TensorFile } from "../../internal.ts";
import { siteValue } from "../../src/model/graph.ts";
import { unitsOf } from "../../src/model/neurons.ts";
import { backends, loaderOf } from "../backends.ts";
import { relativeError } from "../../src/compute/self_check.ts";
import { encodedOf, type GoldenModel, models } from "./models.ts";
import { type OpenPath, openPath } from "./path.ts";
import { components } from "../spaces.ts";

/** F64 files: a thousand roundings at most. F32 files are rounded to 6e-8 of each number. */
const tolerances: Readonly<Record<string, number>> = { F64: 1e-9, F32: 3e-7 };
const points = [0.5, 1];

const files = await Promise.all(models.map(async ({ name }) => {
  const load = loaderOf("tests/golden/gradients");
  try {
    return await openSafetensors(load, `${name}.safetensors`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined; // stored in another format only
    throw error;
  }
}));

/** Runs a golden file's pair at its points, towards the logit of label 1, from [PAD] everywhere. */
async function withPath(
  { folder, pairs }: GoldenModel,
  file: TensorFile,
  test: (path: OpenPath) => Promise<void>,
): Promise<void> {
  const encoder = await openCrossEncoder(loaderOf(folder), cpuOps());
  const encoded = encodedOf(pairs[Number(file.metadata.pair)]);
  const baseline = new Int32Array(encoded.ids.length).fill(encoder.config.padding);
  await test(openPath(encoder, { pair: { encoded, baseline }, points }));
}

models.forEach((model, i) => {
  const file = files[i];
  if (!file) return;

  Deno.test(`forward() and backward() agree with PyTorch at every cut of ${model.name}`, () =>
    withPath(model, file, async ({ encoder, activations, gradients, F, lines }) => {
      const { ops, config, graph, weights } = encoder;
      const compare = async (name: string, found: Float64Array) => {
        const expected = (await file.read(name)).subarray(0, found.length);
        const tolerance = tolerances[file.entries.get(name)!.dtype];
        assertLess(relativeError(found, expected), tolerance, name);
      };
      for (const [point, t] of points.entries()) {
        const at = t.toFixed(1);
        await compare(`${at}/F`, (await F()).slice(point, point + 1));
        // PyTorch's cut lies before ELECTRA's projection; its gradient passes through that.
        const [first] = graph.steps.filter((step) => step.kind === "linear");
        const projection = first.site ? undefined : weights.linears.get(first.linear)!;
        let [hidden, gradient] = [activations.embedding, gradients.embedding];
        if (projection) {
          const golden = await file.read(`${at}/hidden/embedding`);
          hidden = ops.floats(golden.length / config.embeddingWidth, config.embeddingWidth, golden);
          const projected = ops.empty(hidden.rows, config.width);
          ops.linear(projected, hidden, projection);
          assertLess(
            relativeError(await lines(activations.embedding, point), await ops.read(projected)),
            tolerances.F64,
          );
          gradient = ops.empty(gradients.embedding.rows, config.embeddingWidth);
          ops.linearBackward(gradient, gradients.embedding, projection);
        } else await compare(`${at}/hidden/embedding`, await lines(hidden, point));
        await compare(`${at}/gradient/embedding`, await lines(gradient, point));
        for (let l = 0; l < config.layers; l++) {
          for (const [cut, name] of [["attention", "attended"], ["output", "output"]] as const) {
            await compare(
              `${at}/hidden/${l}.${cut}`,
              await lines(activations.layers[l][name], point),
            );
            await compare(
              `${at}/gradient/${l}.${cut}`,
              await lines(gradients.layers[l][name], point),
            );
          }
        }
      }
    }));

  const withLinears = [...file.entries.keys()].some((name) => name.includes("/linear/"));
  if (!withLinears) return;
  Deno.test(`backward() agrees with PyTorch at every linear and token of ${model.name}`, () =>
    withPath(model, file, async ({ encoder, activations, gradients, lines }) => {
      const { config, graph } = encoder;
      let compared = 0;
      for (const [point, t] of points.entries()) {
        for (let l = 0; l < config.layers; l++) {
          for (const component of components) {
            const name = `${l}.${component}`;
            const [y, g] = [activations, gradients].map(({ layers }) => layers[l][component]);
            const [hidden, gradient] = [await lines(y, point), await lines(g, point)];
            const expected = await file.read(`${t.toFixed(1)}/linear/${name}`);
            const slope = await file.read(`${t.toFixed(1)}/linear-gradient/${name}`);
            assertLess(
              relativeError(hidden, expected.subarray(0, hidden.length)),
              tolerances.F64,
              `${name} at ${t}`,
            );
            assertLess(
              relativeError(gradient, slope.subarray(0, gradient.length)),
              tolerances.F64,
              `gradient of ${name} at ${t}`,
            );
            // What is not computed in the last layer, PyTorch computes, and finds without effect.
            if (siteValue(graph, l, component).lines === "sequence") {
              assertEquals(l, config.layers - 1);
              assertEquals(gradient.length, unitsOf(config, component));
              assert(slope.subarray(gradient.length).every((value) => value === 0), name);
            } else assertEquals(gradient.length, slope.length);
            compared++;
          }
        }
      }
      assertEquals(compared, 2 * config.layers * components.length);
    }));
});

for (const backend of backends.filter(({ kind }) => kind !== "cpu")) {
  Deno.test({
    name: `backward() fills the same gradients in float32 as in float64, ${backend.kind}`,
    ignore: backend.ignore,
    async fn() {
      const model = models.find(({ name }) => name === "l2-w36-h3-f50-labels2")!;
      const encoded = encodedOf(model.pairs[4]);
      const baseline = new Int32Array(encoded.ids.length); // [PAD] is 0
      const run = async (ops: ReturnType<typeof cpuOps>) => {
        const encoder = await openCrossEncoder(loaderOf(model.folder), ops);
        const { gradients } = openPath(encoder, { pair: { encoded, baseline }, points });
        const tensors = [
          gradients.embedding,
          ...gradients.layers.flatMap((layer) => Object.values(layer)),
        ];
        const values = [];
        for (const tensor of tensors) values.push(await ops.read(tensor));
        ops.close();
        return values;
      };
      const expected = await run(cpuOps());
      // float32 rounding in two layers, which LayerNorm may enlarge tenfold
      (await run(await backend.open())).forEach((values, i) =>
        assertLess(relativeError(values, expected[i]), 1e-5)
      );
    },
  });
}
