// Every npm package has one file here, which alone names its version: bare names of an import map
// resolve only in this repository, `npm:` addresses in any project that imports the module.
export { BPE, WordPiece } from "npm:@huggingface/tokenizers@0.2.0";
