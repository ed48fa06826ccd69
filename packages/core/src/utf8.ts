let encoder: TextEncoder | undefined;

/** UTF-8 of a text. The encoder is made on first use, so that importing the package does nothing. */
export function toBytes(text: string): Uint8Array<ArrayBuffer> {
  encoder ??= new TextEncoder();
  return encoder.encode(text);
}
