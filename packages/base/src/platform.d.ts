// What every JavaScript platform has and the ES2023 library does not declare.
interface TextEncoder {
  encode(text: string): Uint8Array;
}
interface TextDecoder {
  decode(bytes: Uint8Array): string;
}
declare const TextEncoder: { new (): TextEncoder };
declare const TextDecoder: { new (label?: string, options?: { readonly fatal?: boolean }): TextDecoder };
