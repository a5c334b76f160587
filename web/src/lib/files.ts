/** Saves something as a file of the reader. */
export function download(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** What of a picture's name may stand in the name of a file. */
export function fileName(name: string): string {
  return name.replace(/\.[^.]*$/, "").replace(/[^\p{L}\p{N}_-]+/gu, "-").slice(0, 60) || "picture";
}

/** A name that can be sent: lone surrogates, from names that are no text, cannot. */
export function wellFormed(name: string): string {
  return name.slice(0, 300).replace(/\p{Surrogate}/gu, "\ufffd");
}
