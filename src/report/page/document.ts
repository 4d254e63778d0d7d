/** The frame of every page: no script runs and nothing is loaded, whatever a collection's texts hold. */

import { fragment, type Html, type HtmlPart, markup } from "./html.ts";

const policy = "default-src 'none'; style-src 'unsafe-inline'";

/** A whole HTML document of its title, its style sheet and its body. */
export function htmlDocument(title: string, style: string, body: HtmlPart): Html {
  return fragment`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>${title}</title>
<style>${markup(style)}</style>
</head>
<body>
${body}
</body>
</html>
`;
}
