let encoder: TextEncoder | undefined;

/**
 * Encodes a string as UTF-8. The encoder is created on first use, so that importing the package
 * does nothing.
 */
export function encodeUtf8(text: string): Uint8Array<ArrayBuffer> {
  encoder ??= new TextEncoder();
  return encoder.encode(text);
}

/** Whether a value is a `Uint8Array`, of any realm. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && (value as Uint8Array)[Symbol.toStringTag] === "Uint8Array";
}
