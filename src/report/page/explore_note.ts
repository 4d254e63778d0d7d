/** explore.html: what links to neurons and pairs lead to while `explore` does not serve the report. */

/** The file that links name; `explore` answers with its page in place of it. */
export const explorePage = "explore.html";

/** The file's text. */
export const exploreNote = `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;">
<title>Explore this study</title>
<style>body{max-width:60ch;margin:4em auto;padding:0 20px;font:16px/1.55 system-ui,sans-serif}</style>
</head><body><main>
<h1>Explore this study</h1>
<p>Neurons and pairs are shown by the explorer, which computes in the browser. Start it where
Relevance Neurons is, with this folder:</p>
<p><code>deno run -A cli.ts explore --study DIR --open</code></p>
<p>Then choose the report on its page: links lead there.</p>
</main></body></html>
`;
