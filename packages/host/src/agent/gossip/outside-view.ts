// What this agent sees of subjects from outside, its own and those of other agents, as anybody on the network would. An answer
// of any kind says "up": whether the subject is well is its own agent's business.
//
// Surprising: an address on the loopback of another machine is not looked at. It would lead to somebody else here.
import { Detectors, type Instruments, type ProbeSpec } from '@reknit/recovery';
import type { Runtime } from '@reknit/runtime';
import { isLoopback } from '../../member/loopback.js';
import type { OutsideProbe, Owned, Views } from './gossip-message.js';

const LOOK_EVERY_MS = 1000;
const LOOK_TIMEOUT_MS = 500;
/** One lost packet is no death. */
const FAILURES = 2;
/** An answer is an answer, whatever its status. */
const ANY_STATUS = [{ from: 100, to: 599 }];

export class OutsideView {
  readonly #detectors: Detectors;
  readonly #stamp: () => number;
  readonly #onOneMachine: boolean;
  /** By subject: what its present detector asks. */
  readonly #watched: Map<string, string> = new Map();

  /** @param address this agent's own: on the loopback all agents are on this machine */
  constructor(runtime: Runtime, instruments: Instruments, stamp: () => number, address: string) {
    this.#detectors = new Detectors({ runtime, instruments });
    this.#stamp = stamp;
    this.#onOneMachine = isLoopback(address);
  }

  /** All that there are: what is new is looked at from now on, what is gone no more. */
  watch(all: readonly Owned[]): void {
    const visible = all.filter(({ probe }) => this.#onOneMachine || !isLoopback(addressOf(probe)));
    const wanted = new Map(visible.map(({ subject, probe }) => [subject, probe]));
    for (const subject of [...this.#watched.keys()]) if (!wanted.has(subject)) this.#forget(subject);
    for (const [subject, probe] of wanted) this.#look(subject, probe);
  }

  get reports(): Views['reports'] {
    const now = this.#stamp();
    return [...this.#watched.keys()].flatMap((subject) =>
      this.#detectors.signals(subject).flatMap((signal) => {
        if (signal.kind !== 'probe') return [];
        // Between the first failure and the last that it takes, nothing is said that would contradict what is coming.
        if (signal.failuresInARow > 0 && !signal.failing) return [];
        return [{ subject, vote: signal.failing ? ('down' as const) : ('up' as const), ageMs: Math.max(0, now - signal.at) }];
      }),
    );
  }

  end(): void {
    this.#detectors.end();
  }

  #look(subject: string, probe: OutsideProbe): void {
    const asked = JSON.stringify(probe);
    if (this.#watched.get(subject) === asked) return;
    this.#watched.set(subject, asked);
    const spec = { kind: 'probe' as const, probe: specOf(probe), everyMs: LOOK_EVERY_MS, timeoutMs: LOOK_TIMEOUT_MS };
    this.#detectors.watch(subject, { specs: [{ ...spec, failures: FAILURES }] });
  }

  #forget(subject: string): void {
    this.#detectors.unwatch(subject);
    this.#watched.delete(subject);
  }
}

function specOf(probe: OutsideProbe): ProbeSpec {
  if (probe.kind === 'tcp') return { ...probe, name: 'from outside' };
  return { ...probe, name: 'from outside', method: 'GET', headers: {}, expectStatus: ANY_STATUS };
}

function addressOf(probe: OutsideProbe): string {
  if (probe.kind === 'tcp') return probe.address;
  const { host, port } = parseUrl(probe.url);
  return port === '' ? `${host}:80` : host;
}

function parseUrl(url: string): { readonly host: string; readonly port: string } {
  try {
    return new URL(url);
  } catch {
    return { host: '', port: '' };
  }
}
