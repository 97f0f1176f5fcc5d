import type { CallContext } from '@reknit/grpc';

/** Of a simulated client's call. */
export class UnaryContext implements CallContext {
  readonly authority: string = '';
  readonly timeout: undefined = undefined;
  readonly peer: string = 'simulated';
  open = true;
  readonly #keyspace: string;
  #onCancel: () => void = () => undefined;

  constructor(keyspace: string) {
    this.#keyspace = keyspace;
  }

  metadata(name: string): string | undefined {
    return name === 'reknit-keyspace' ? this.#keyspace : undefined;
  }

  onCancel(callback: () => void): void {
    if (this.open) this.#onCancel = callback;
    else callback();
  }

  cancel(): void {
    this.open = false;
    this.#onCancel();
  }
}
