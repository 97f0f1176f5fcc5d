// A component's sign of life: one of its declared probes, asked no more often than was declared while all is well, and at
// once when it is not. Whoever asks too early waits for the next due time; so the pace of the engine never becomes load.
//
// Surprising: without a probe the kernel's word is all there is, and a process that lives and is not stopped is well.
import type { Millis } from '@reknit/base';
import type { DetectSpec, Instruments, Probe, ProbeAnswer, ProbeSpec } from '@reknit/recovery';
import type { Clock, ProcessState } from '@reknit/runtime';

export type PacedProbe = Extract<DetectSpec, { readonly kind: 'probe' }>;

/**
 * The application's answer where one is declared: a port accepts for a process that hangs, by the kernel's hand. A command costs a
 * process, and comes last.
 */
export function signOfLife(detect: readonly DetectSpec[]): PacedProbe | undefined {
  const probes = detect.filter((spec): spec is PacedProbe => spec.kind === 'probe');
  const first = (...kinds: readonly ProbeSpec['kind'][]) => probes.find(({ probe }) => kinds.includes(probe.kind));
  return first('http', 'grpc') ?? first('tcp') ?? probes[0];
}

export class Heartbeat {
  readonly #clock: Clock;
  readonly #instruments: Pick<Instruments, 'ask'>;
  /** By subject: when it last answered well. */
  readonly #goodAt: Map<string, Millis> = new Map();

  constructor(clock: Clock, instruments: Pick<Instruments, 'ask'>) {
    this.#clock = clock;
    this.#instruments = instruments;
  }

  /** Another life begins. */
  forget(subject: string): void {
    this.#goodAt.delete(subject);
  }

  async ask(subject: string, { probe, everyMs, timeoutMs }: PacedProbe, withinMs: Millis): Promise<Probe> {
    await this.#due(subject, everyMs);
    const allowedMs = Math.min(timeoutMs, withinMs);
    const answer = await this.#instruments.ask(probe, allowedMs);
    if (answer.outcome === 'good') this.#goodAt.set(subject, this.#clock.now());
    else this.forget(subject);
    return { connect: await this.#connectOf(probe, answer, allowedMs), health: healthOf(answer) };
  }

  /** At once unless it was well a moment ago. */
  #due(subject: string, everyMs: Millis): Promise<void> {
    const goodAt = this.#goodAt.get(subject);
    const leftMs = goodAt === undefined ? 0 : goodAt + everyMs - this.#clock.now();
    return leftMs <= 0 ? Promise.resolve() : new Promise((resolve) => void this.#clock.after(leftMs, resolve));
  }

  /** Of a silence: does at least the kernel accept for it? That tells a hang from a host that is gone. */
  async #connectOf(probe: ProbeSpec, { outcome }: ProbeAnswer, withinMs: Millis): Promise<Probe['connect']> {
    if (probe.kind === 'command') return 'not-tried';
    if (outcome === 'refused') return 'refused';
    if (outcome !== 'silent') return 'accepted';
    const address = addressOf(probe);
    if (probe.kind === 'tcp' || address === undefined) return 'no-answer';
    const connected = await this.#instruments.ask({ kind: 'tcp', name: 'connect', address }, withinMs);
    if (connected.outcome === 'good') return 'accepted';
    return connected.outcome === 'refused' ? 'refused' : 'no-answer';
  }
}

function addressOf(probe: ProbeSpec): string | undefined {
  if (probe.kind !== 'http') return 'address' in probe ? probe.address : undefined;
  const { hostname, port, protocol } = new URL(probe.url);
  return `${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`;
}

const healthOf = ({ outcome }: ProbeAnswer): Probe['health'] => (outcome === 'good' || outcome === 'bad' ? outcome : 'silent');

/** Alive is all that can be said. */
export const withoutProbe = (state: ProcessState): Probe => ({
  connect: 'not-tried',
  health: state === 'running' || state === 'blocked' ? 'good' : 'silent',
});
