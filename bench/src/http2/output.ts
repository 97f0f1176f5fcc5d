// Bytes to be sent, collected in slabs: what was taken is never written to again.

const SLAB_BYTES = 256 * 1024;

export class Output {
  #slab: Uint8Array = new Uint8Array(SLAB_BYTES);
  #start = 0;
  #at = 0;

  /** Where the reserved bytes are to be written: `slab`, from the offset that is returned. */
  get slab(): Uint8Array {
    return this.#slab;
  }

  /** A new slab when the old one is full; what is not yet taken moves along. */
  reserve(bytes: number): number {
    if (this.#at + bytes > this.#slab.length) {
      const untaken = this.#slab.subarray(this.#start, this.#at);
      const slab = new Uint8Array(Math.max(SLAB_BYTES, 2 * (untaken.length + bytes)));
      slab.set(untaken);
      this.#slab = slab;
      this.#start = 0;
      this.#at = untaken.length;
    }
    const at = this.#at;
    this.#at += bytes;
    return at;
  }

  append(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.#slab.set(bytes, at);
  }

  take(): Uint8Array | undefined {
    if (this.#at === this.#start) return undefined;
    const output = this.#slab.subarray(this.#start, this.#at);
    this.#start = this.#at;
    return output;
  }
}
