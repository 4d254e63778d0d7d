/** The model that the worker owns: its files, its backend, and another backend when one is lost. */

import {
  type CrossEncoder,
  fetchFolder,
  type Load,
  neuronCount,
  openBackend,
  openCrossEncoder,
  type Ops,
} from "../library.ts";
import type { BackendKind, ModelFacts, ModelSource, Questions } from "../protocol.ts";

/** An open model. */
export interface OpenModel {
  readonly encoder: CrossEncoder;
  readonly facts: ModelFacts;
  /** Opens the same files on float64. */
  reference(): Promise<CrossEncoder>;
  close(): void;
}

/** Opens a model. */
export async function openModel(
  { source, backend, memoryBytes }: Questions["open"]["ask"],
  { signal, news }: {
    readonly signal: AbortSignal;
    readonly news: (what: NonNullable<Questions["open"]["news"]>) => void;
  },
): Promise<OpenModel> {
  const begin = performance.now();
  const on = async (kind: BackendKind | undefined, told: AbortSignal | undefined) => {
    const files = await filesOf(source, { signal: told, news });
    const ops = await openBackend(navigator.gpu, { kind, memoryBytes }) as Ops;
    try {
      const encoder = await openCrossEncoder(files.load, ops);
      if (encoder.config.similarity) {
        throw new TypeError(
          "Cannot explore a bi-encoder: expected a model that reads query and passage together",
        );
      }
      files.forget();
      return encoder;
    } catch (error) {
      ops.close();
      throw error;
    }
  };
  const encoder = await on(backend, signal);
  const { ops, config } = encoder;
  return {
    encoder,
    facts: {
      name: source.name,
      adapter: ops.adapter,
      kind: ops.kind,
      space: {
        layers: config.layers,
        components: config.components,
        attention: config.attention,
      },
      neurons: neuronCount(config),
      segments: encoder.tokenizer.segmentNames,
      maxTokens: config.maxTokens,
      seconds: (performance.now() - begin) / 1000,
    },
    reference: () => on("cpu", undefined),
    close: () => ops.close(),
  };
}

/** A source's files. */
async function filesOf(
  source: ModelSource,
  { signal, news }: {
    readonly signal: AbortSignal | undefined;
    readonly news: (what: NonNullable<Questions["open"]["news"]>) => void;
  },
): Promise<{ readonly load: Load; forget(): void }> {
  if (source.kind === "files") {
    const files = new Map(source.files);
    return {
      async load(name, range) {
        const file = files.get(name);
        if (!file) throw Object.assign(new Error(`No file ${name}`), { name: "NotFound" });
        const part = range ? file.slice(range.start, range.end) : file;
        return new Uint8Array(await part.arrayBuffer());
      },
      forget() {},
    };
  }
  return fetchFolder(source.address, {
    signal,
    cache: source.kept ? await caches.open("models") : undefined,
    onProgress: (file, loaded, total) => news({ file, loaded, total }),
  });
}
