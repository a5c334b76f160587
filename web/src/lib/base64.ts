function bytes(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text);
  const result = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) result[i] = binary.charCodeAt(i);
  return result;
}

/** Little-endian float32 whatever the machine's own order is. */
export function decodeFloat32(text: string): Float32Array<ArrayBuffer> {
  const raw = bytes(text);
  const view = new DataView(raw.buffer);
  const result = new Float32Array(raw.length / 4);
  for (let i = 0; i < result.length; i++) result[i] = view.getFloat32(4 * i, true);
  return result;
}

export function decodeInt8(text: string): Int8Array<ArrayBuffer> {
  return new Int8Array(bytes(text).buffer);
}
