/**
 * The caller's own copy of borrowed bytes. Not `slice`, which for a Node Buffer is one more view of the same memory, and
 * borrowed bytes may be Buffers.
 */
export const copyOf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes);
