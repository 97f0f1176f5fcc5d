// What can be done to an instance beside starting and ending it: it moves to another port, or goes back to how its component
// last ran well. Neither starts it: whoever keeps its life does that, and finds it changed.
import type { Millis } from '@reknit/base';
import type { Action, ActOutcome, FenceOutcome, Instruments, Order } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';
import { instantiate } from './instantiate.js';
import type { Member } from './member.js';

const FENCE_BEFORE_MOVE_MS: Millis = 5000;
/** A port of this machine accepts or refuses at once. */
const PORT_PROBE_MS: Millis = 200;

type Fence = (subject: string, process: ProcessIdentity, withinMs: Millis) => Promise<FenceOutcome>;

export class MemberActs {
  readonly #members: ReadonlyMap<string, Member>;
  readonly #instruments: Pick<Instruments, 'ask'>;
  readonly #fence: Fence;

  constructor(members: ReadonlyMap<string, Member>, instruments: Pick<Instruments, 'ask'>, fence: Fence) {
    this.#members = members;
    this.#instruments = instruments;
    this.#fence = fence;
  }

  possible(subject: string): ReadonlySet<Action> {
    const { places, changes } = this.#member(subject);
    return new Set<Action>([
      ...(places.free.length > 0 ? (['relocate'] as const) : []),
      ...(changes.canRollBack ? (['roll-back'] as const) : []),
    ]);
  }

  async carryOut(subject: string, action: Action, order: Order): Promise<ActOutcome> {
    if (action === 'relocate') return await this.#relocate(subject, order);
    if (action === 'roll-back') return this.#rollBack(subject);
    return { kind: 'nowhere', detail: `a process cannot ${action}` };
  }

  #member(subject: string): Member {
    const member = this.#members.get(subject);
    if (member === undefined) throw new Error(`no component has an instance "${subject}" here`);
    return member;
  }

  async #relocate(subject: string, { incident, step, attempt, process }: Order): Promise<ActOutcome> {
    const member = this.#member(subject);
    const order = `${incident}/${step}/${attempt}`;
    if (member.places.wasMovedFor(subject, order))
      return { kind: 'done', detail: `${subject} has moved to port ${member.instance.port}` };
    if (process !== undefined && (await this.#fence(subject, process, FENCE_BEFORE_MOVE_MS)) !== 'gone')
      return { kind: 'retry', detail: `pid ${process.pid} does not end` };
    const port = await this.#usablePort(member.places.free);
    if (port === undefined) return { kind: 'not-here', detail: `no port of ${member.changes.component.name} is free` };
    const { port: before } = member.instance;
    member.places.move(subject, { port, order });
    member.instance = instantiate(member.changes.component, member.places.of(subject));
    return { kind: 'done', detail: `${subject} moves from port ${before} to ${port}` };
  }

  /** For all of its instances, from their next start on: those that live with the change are well. */
  #rollBack(subject: string): ActOutcome {
    const { changes } = this.#member(subject);
    if (!changes.canRollBack && changes.component === changes.declared)
      return { kind: 'nowhere', detail: 'nothing is known that it ran well with before' };
    changes.rollBack();
    for (const [name, member] of this.#members)
      if (member.changes === changes) member.instance = instantiate(changes.component, member.places.of(name));
    const { name, command } = changes.component;
    return { kind: 'done', detail: `${name} runs as before its last change: ${command.join(' ')}` };
  }

  async #usablePort(free: readonly number[]): Promise<number | undefined> {
    for (const port of free) {
      const { outcome } = await this.#instruments.ask({ kind: 'tcp', name: 'port', address: `127.0.0.1:${port}` }, PORT_PROBE_MS);
      if (outcome === 'refused') return port;
    }
    return undefined;
  }
}
