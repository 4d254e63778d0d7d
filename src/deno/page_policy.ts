/** What pages may do: nothing but the page's own scripts runs. */

/** Hosts that a page may ask for files of a model: the Hugging Face Hub's. */
export const hubHosts = "https://huggingface.co https://*.huggingface.co https://*.hf.co";

/** The page's policy. WebAssembly, and workers made of text, are what the library computes with. */
export const pagePolicy: string = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  `connect-src 'self' ${hubHosts}`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** A study's report and drawings: they have their style inside, and no script may run in them. */
export const reportPolicy: string = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");
