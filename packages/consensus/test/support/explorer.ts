// Small-scope exhaustion: from a start, all interleavings of deliveries (in any order; a message that is never delivered
// is a lost one), stores, elections, proposals, reads and crashes, breadth first, each state visited once. Time stands
// still: elections begin when the explorer says so.
import type { NodeId } from '../../src/index.js';
import { canonical, digest } from './copy.js';

export interface Budgets {
  readonly campaigns: number;
  readonly proposals: number;
  readonly crashes: number;
  readonly reads: number;
}

/** What the explorer needs of a sandbox. */
export interface World<Message> {
  readonly members: ReadonlyMap<NodeId, { readonly pending: readonly unknown[] }>;
  readonly links: Map<string, Message[]>;
  readonly invariants: { readonly decided: ReadonlyMap<unknown, unknown> };
  readonly reads: ReadonlyMap<number, { readonly index: unknown; readonly floor: unknown }>;
  branch(acting: readonly NodeId[]): this;
  deliver(from: NodeId, to: NodeId, at: number): boolean;
  store(id: NodeId): boolean;
  read(id: NodeId): number;
  crash(id: NodeId, links: 'links-remain'): void;
  start(id: NodeId): void;
  connect(left: NodeId, right: NodeId): void;
  leaders(): readonly { readonly id: NodeId }[];
  propose(id: NodeId, payloads: readonly string[]): unknown;
}

export interface Exploration<Message, Sandbox extends World<Message>> {
  readonly start: Sandbox;
  readonly budgets: Budgets;
  readonly campaigners: readonly NodeId[];
  campaign(sandbox: Sandbox, id: NodeId): void;
  /** A message that can change nothing any more, whatever happens: it is forgotten, or each would double the states. */
  isSpent(sandbox: Sandbox, from: NodeId, to: NodeId, message: Message): boolean;
  /** Beyond what the sandbox checks in each turn. */
  check(sandbox: Sandbox): void;
  readonly statesMax: number;
  /** 'oldest': links keep their order, as sessions do. Default 'any'. */
  readonly deliveries?: 'any' | 'oldest';
}

export interface Explored {
  readonly states: number;
  /** All interleavings up to this many steps were tried. */
  readonly depth: number;
  readonly exhausted: boolean;
}

interface State<Sandbox> {
  readonly sandbox: Sandbox;
  readonly budgets: Budgets;
  readonly path: Path | undefined;
}

interface Path {
  readonly action: string;
  readonly before: Path | undefined;
}

interface Action<Sandbox> {
  readonly name: string;
  /** The members that it changes. */
  readonly acting: readonly NodeId[];
  readonly spends: keyof Budgets | undefined;
  run(sandbox: Sandbox): void;
}

/** Counted from the start of a life, they tell states apart that do not differ. */
const IGNORED: ReadonlySet<string> = new Set([
  'storeSequence',
  'storedSequence',
  'storeOffset',
  'underWay',
  'options',
  'attempts',
  'turns',
]);

export function explore<Message, Sandbox extends World<Message>>(exploration: Exploration<Message, Sandbox>): Explored {
  const digests = new Digests();
  const seen = new Set<number>();
  let frontier: State<Sandbox>[] = [{ sandbox: exploration.start, budgets: exploration.budgets, path: undefined }];
  let depth = 0;
  while (frontier.length > 0) {
    const next: State<Sandbox>[] = [];
    for (const state of frontier) {
      for (const action of actionsOf(state, exploration)) {
        const successor = follow(state, action, exploration);
        const key = digests.ofState(successor);
        if (seen.has(key)) continue;
        seen.add(key);
        if (seen.size >= exploration.statesMax) return { states: seen.size, depth, exhausted: false };
        next.push(successor);
      }
    }
    frontier = next;
    depth++;
  }
  return { states: seen.size, depth, exhausted: true };
}

function follow<Message, Sandbox extends World<Message>>(
  state: State<Sandbox>,
  action: Action<Sandbox>,
  exploration: Exploration<Message, Sandbox>,
): State<Sandbox> {
  const sandbox = state.sandbox.branch(action.acting);
  const path = { action: action.name, before: state.path };
  try {
    action.run(sandbox);
    exploration.check(sandbox);
  } catch (error) {
    throw new Error(`after: ${stepsOf(path).join(', ')}`, { cause: error });
  }
  for (const [key, link] of sandbox.links) {
    const [from, to] = key.split('>') as [NodeId, NodeId];
    sandbox.links.set(
      key,
      link.filter((message) => !exploration.isSpent(sandbox, from, to, message)),
    );
  }
  const { spends } = action;
  return {
    sandbox,
    path,
    budgets: spends === undefined ? state.budgets : { ...state.budgets, [spends]: state.budgets[spends] - 1 },
  };
}

function actionsOf<Message, Sandbox extends World<Message>>(
  { sandbox, budgets }: State<Sandbox>,
  exploration: Exploration<Message, Sandbox>,
): Action<Sandbox>[] {
  const actions: Action<Sandbox>[] = [];
  const add = (id: NodeId, name: string, run: Action<Sandbox>['run'], spends?: keyof Budgets): void => {
    actions.push({ name: `${name} ${id}`, acting: [id], run, spends });
  };
  for (const [key, link] of sandbox.links) {
    const [from, to] = key.split('>') as [NodeId, NodeId];
    link.forEach((message, at) => {
      if (at > 0 && exploration.deliveries === 'oldest') return;
      if (link.indexOf(message) === at) add(to, `deliver #${at} from ${from} to`, (copy) => void copy.deliver(from, to, at));
    });
  }
  const ids = [...sandbox.members.keys()];
  for (const id of ids) {
    if (sandbox.members.get(id)!.pending.length > 0) add(id, 'store', (copy) => void copy.store(id));
    if (budgets.reads > 0) add(id, 'read', (copy) => void copy.read(id), 'reads');
    if (budgets.crashes === 0) continue;
    actions.push({ name: `crash ${id}`, acting: ids, spends: 'crashes', run: (copy) => crashAndRestart(copy, id) });
  }
  if (budgets.campaigns > 0) {
    for (const id of exploration.campaigners) add(id, 'campaign', (copy) => exploration.campaign(copy, id), 'campaigns');
  }
  if (budgets.proposals > 0) {
    for (const { id } of sandbox.leaders())
      add(id, 'propose', (copy) => void copy.propose(id, [String(budgets.proposals)]), 'proposals');
  }
  return actions;
}

/** What is under way to and from it stays: messages may arrive from, and for, an earlier life. */
function crashAndRestart<Message>(sandbox: World<Message>, id: NodeId): void {
  sandbox.crash(id, 'links-remain');
  sandbox.start(id);
  for (const other of sandbox.members.keys()) if (other !== id) sandbox.connect(id, other);
}

/** Members and messages never change once a state is reached: each is read once. */
class Digests {
  readonly #known = new WeakMap<object, number>();

  of(value: object): number {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const made = digest(canonical(value, IGNORED));
    this.#known.set(value, made);
    return made;
  }

  ofState<Message>({ sandbox, budgets }: State<World<Message>>): number {
    const { members, links, invariants, reads } = sandbox;
    let text = `${budgets.campaigns},${budgets.proposals},${budgets.crashes},${budgets.reads},${invariants.decided.size}`;
    for (const member of members.values()) text += `|${this.of(member)}`;
    for (const key of [...links.keys()].sort()) {
      // A message is an object in every protocol.
      const messages = links.get(key)!.map((message) => this.of(message as object));
      text += `|${key}:${messages.sort().join()}`;
    }
    for (const [token, { index, floor }] of reads) text += `|${token}:${index}>${floor}`;
    return digest(text);
  }
}

function stepsOf(path: Path | undefined): string[] {
  const steps: string[] = [];
  for (let at = path; at !== undefined; at = at.before) steps.unshift(at.action);
  return steps;
}
