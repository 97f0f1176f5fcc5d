export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
  /** `length` bytes that no outsider can guess (on Node: from the operating system). */
  bytes(length: number): Uint8Array;
}
