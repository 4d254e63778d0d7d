/** Bytes as characters that can be seen: GPT-2's alphabet. */

const characters = (() => {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const seen = byte >= 0x21 && byte <= 0x7e || byte >= 0xa1 && byte <= 0xac || byte >= 0xae;
    return String.fromCharCode(seen ? byte : next++);
  });
})();

const utf8 = new TextEncoder();

/** The UTF-8 bytes of a text, a character each. */
export function byteCharacters(text: string): string {
  return Array.from(utf8.encode(text), (byte) => characters[byte]).join("");
}

/** All 256 of them. */
export const byteAlphabet: readonly string[] = characters;
