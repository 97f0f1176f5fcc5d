// A client's way to the members of a simulated cluster, over links that never break but with the member's process.
import type { Millis } from '@reknit/base';
import type { Failure } from '@reknit/grpc';
import type { Prng, World } from '@reknit/runtime/simulated';
import type { Answer, Channel, ClientStream, StreamClient } from '../workloads/channel.js';
import type { SimulatedMember } from './simulated-member.js';
import { SimulatedStream } from './simulated-stream.js';

/** After this a client stops waiting. */
const TIMEOUT_MS = 2000;

export interface SimulatedChannelOptions {
  readonly world: World;
  readonly prng: Prng;
  readonly members: readonly SimulatedMember[];
  /** Index of the member that it leads to first. */
  readonly first: number;
  readonly keyspace: string;
}

export class SimulatedChannel implements Channel {
  readonly #options: SimulatedChannelOptions;
  #member: SimulatedMember;

  constructor(options: SimulatedChannelOptions) {
    this.#options = options;
    this.#member = options.members[options.first % options.members.length]!;
  }

  get member(): string {
    return this.#member.name;
  }

  move(): void {
    const { members, prng } = this.#options;
    this.#member = members[prng.below(members.length)]!;
  }

  call(path: string, request: Uint8Array, done: (answer: Answer) => void, timeout: Millis = TIMEOUT_MS): () => void {
    const { world, keyspace } = this.#options;
    const member = this.#member;
    let open = true;
    let cancel: () => void = () => undefined;
    const finish = (answer: Answer): void => {
      if (!open) return;
      open = false;
      done(answer);
    };
    const later = (answer: Answer): void => world.after(this.#latency(), () => finish(answer));
    const giveUp = (): void => world.after(this.#latency(), () => cancel());
    world.after(timeout, () => {
      if (open) giveUp();
      finish({ kind: 'none' });
    });
    world.after(this.#latency(), () => {
      const call = member.call(
        path,
        request,
        keyspace,
        (response) => later(answerOf(response)),
        () => later({ kind: 'none' }),
      );
      if (call === undefined) later({ kind: 'none' });
      else cancel = call;
    });
    return () => {
      if (open) giveUp();
      open = false;
    };
  }

  open(path: string, client: StreamClient): ClientStream {
    const { world, prng, keyspace } = this.#options;
    const member = this.#member;
    const metadata = (name: string): string | undefined => (name === 'reknit-keyspace' ? keyspace : undefined);
    const stream = new SimulatedStream({ world, prng, machine: member.machine, client, metadata });
    stream.connect(() => member.accept(path, stream));
    return stream;
  }

  #latency(): Millis {
    return 0.05 + this.#options.prng.tail(0.1);
  }
}

const answerOf = (response: Uint8Array | Failure): Answer =>
  response instanceof Uint8Array ? { kind: 'ok', response } : { kind: 'failed', failure: response };
