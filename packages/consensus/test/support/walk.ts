// A random walk of a few replicas through short lives: campaigns without a cause, crashes that take with them what was not
// stored, messages in any order, also from and for earlier lives. Where `randomRun` goes through days of a group that mostly
// works, a walk stays where promises are given: most of its leaders do not last.
import { unreachable } from '@reknit/base';
import type { NodeId, Protocol } from '../../src/index.js';
import { seeded } from './random-run.js';
import { Sandbox } from './sandbox.js';

/** Twice what a figure of Raft's paper takes, played by chance. */
const STEPS = 1000;

/** @throws SafetyViolation, or what a replica's own assertion throws */
export function walk<Message>(protocol: Protocol<Message>, seed: number): void {
  new Walk(protocol, seed).run();
}

interface Weights {
  readonly deliver: number;
  readonly store: number;
  readonly campaign: number;
  readonly crash: number;
  readonly propose: number;
  readonly read: number;
  readonly lose: number;
  readonly weather: number;
}

type Action = keyof Weights;

class Walk<Message> {
  readonly #random: () => number;
  readonly #sandbox: Sandbox<Message>;
  readonly #ids: readonly NodeId[];
  readonly #weights: readonly (readonly [Action, number])[];
  readonly #inOrder: number;
  /** Links that carry nothing for the time being. */
  readonly #still = new Set<string>();
  #proposed = 0;

  constructor(protocol: Protocol<Message>, seed: number) {
    this.#random = seeded(seed);
    const random = this.#random;
    this.#sandbox = new Sandbox({
      protocol,
      voters: ['n1', 'n2', 'n3'],
      random,
      limits: { messageBytesMax: random() < 0.5 ? 0 : Math.floor(random() * 30) },
    });
    this.#ids = [...this.#sandbox.members.keys()];
    const sturdy = random() < 0.65;
    const weights: Weights = {
      deliver: 10,
      store: sturdy ? 2 + 6 * random() : 0.5 + 2.5 * random(),
      campaign: 0.2 + random(),
      crash: sturdy ? Math.max(0, 1.2 * random() - 0.4) : 0.4 + 1.2 * random(),
      propose: 0.3 + 1.5 * random(),
      read: random() < 0.5 ? 0 : 1.5 * random(),
      lose: random() < 0.5 ? 0 : random(),
      weather: random() < 0.2 ? 0 : 0.7 * random(),
    };
    const sum = Object.values(weights).reduce((total: number, weight: number) => total + weight, 0);
    this.#weights = Object.entries(weights).map(([action, weight]) => [action as Action, weight / sum] as const);
    this.#inOrder = random();
  }

  run(): void {
    for (let step = 0; step < STEPS; step++) this.#do(this.#draw());
  }

  #do(action: Action): void {
    const sandbox = this.#sandbox;
    const id = this.#pick(this.#ids);
    switch (action) {
      case 'deliver':
        return this.#deliver();
      case 'store':
        return void sandbox.store(id);
      case 'campaign':
        return this.#campaign(id);
      case 'crash':
        return this.#crash(id);
      case 'propose':
        return this.#propose();
      case 'read':
        return void sandbox.read(id);
      case 'lose':
        return void (sandbox.link(id, this.#pick(this.#ids)).length = 0);
      case 'weather':
        return this.#changeWeather(id);
      default:
        return unreachable(action);
    }
  }

  #deliver(): void {
    const links = [...this.#sandbox.links].filter(([key, link]) => link.length > 0 && !this.#still.has(key));
    if (links.length === 0) return;
    const [key, link] = this.#pick(links);
    const [from, to] = key.split('>') as [NodeId, NodeId];
    const at = this.#random() < this.#inOrder ? 0 : Math.floor(this.#random() * link.length);
    this.#sandbox.deliver(from, to, at, this.#random() < 0.05 ? 'repeat' : 'move');
  }

  /** One member is out of reach, or unheard, or both; or all is well again. */
  #changeWeather(id: NodeId): void {
    this.#still.clear();
    const [to, from] = [this.#random() < 0.5, this.#random() < 0.5];
    for (const other of this.#ids) {
      if (to) this.#still.add(`${other}>${id}`);
      if (from) this.#still.add(`${id}>${other}`);
    }
  }

  /** As if its leader had asked it to: no probe comes first. Safety must not rest on probes. */
  #campaign(id: NodeId): void {
    const from = this.#pick(this.#ids.filter((other) => other !== id));
    const { round } = this.#sandbox.member(id).replica!.status();
    // Every protocol has this message.
    this.#sandbox.step(id, { kind: 'message', from, message: { kind: 'timeout-now', round } as Message });
  }

  /** What is under way to and from it stays. */
  #crash(id: NodeId): void {
    this.#sandbox.crash(id, 'links-remain');
    this.#sandbox.start(id);
    for (const other of this.#ids) if (other !== id) this.#sandbox.connect(id, other);
  }

  #propose(): void {
    const leaders = this.#sandbox.leaders();
    if (leaders.length > 0) this.#sandbox.propose(this.#pick(leaders).id, [`p${++this.#proposed}`]);
  }

  #draw(): Action {
    let left = this.#random();
    for (const [action, share] of this.#weights) {
      left -= share;
      if (left < 0) return action;
    }
    return 'deliver';
  }

  #pick<Item>(items: readonly Item[]): Item {
    return items[Math.floor(this.#random() * items.length)]!;
  }
}
