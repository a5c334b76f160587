// Controls and bidirectional overrides that can make a name read as another one; line feeds and
// tabs stay, they are only white space here.
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** Writes hidden control characters out, as `‹U+202E›`. */
export function revealed(text: string): string {
  return text.replace(HIDDEN, (hidden) => {
    const code = hidden.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return `‹U+${code}›`;
  });
}

/** JSON with every text in it made harmless to read. */
export function harmless(json: string): unknown {
  return JSON.parse(json, (_key, value: unknown) => (typeof value === "string" ? revealed(value) : value));
}

/** The document inside a page. */
export function parseDocument<T extends { schema: string }>(json: string, schema: T["schema"]): T {
  const document = harmless(json) as T;
  if (document.schema !== schema) throw new Error(`this page reads ${schema}, the document says ${document.schema}`);
  return document;
}

/** What the page was filled with, or why it cannot be read. */
export function readDocument<T extends { schema: string }>(schema: T["schema"]): T | Error {
  try {
    return parseDocument<T>(document.getElementById("tapetum-data")?.textContent ?? "", schema);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
