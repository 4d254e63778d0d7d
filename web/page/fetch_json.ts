/** JSON and text that the page's server gives. */
/// <reference lib="dom" />

/** Fetches JSON below the page's address. */
export async function fetchJson<T>(path: string): Promise<T> {
  const response = await answerOf(path);
  const found = await response.json();
  if (typeof found?.error === "string") throw new Error(found.error);
  return found;
}

async function answerOf(path: string): Promise<Response> {
  const response = await fetch(path).catch(() => {
    throw new Error(`Cannot read ${path}: the server does not answer`);
  });
  if (!response.ok) {
    throw new Error(`Cannot read ${path}: expected 200, got ${response.status}`);
  }
  return response;
}
