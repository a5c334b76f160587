import type { ReportDocument } from "../data";

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

/** The report's document, with every text in it made harmless to read. */
export function parseDocument(json: string): ReportDocument {
  const document = JSON.parse(json, (_key, value: unknown) =>
    typeof value === "string" ? revealed(value) : value,
  ) as ReportDocument;
  if (document.schema !== "tapetum-report/1") {
    throw new Error(`this page reads tapetum-report/1, the document says ${document.schema}`);
  }
  return document;
}
