// The safety properties of Raft (Ongaro & Ousterhout 2014, figure 3), checked over what a harness observes of all members
// while they run. Each method returns what the event contradicts, with all values, and remembers it in `violations`.
// They hold of Multi-Paxos and of Zab too, since (index, round) names a value for ever in all three: the round is the term, the
// ballot or the epoch whose leader proposed the value first. Paxos adds one: at one ballot a slot holds one value only.
//
// Leader completeness is checked against the newest entry that was decided under an earlier leader; that it implies the
// older ones rests on log matching, which is checked on its own.
export interface LogEntryEvent {
  readonly node: string;
  readonly group: string;
  readonly index: number;
  readonly round: number;
  /** Of the stage that it was stored in: rounds begin anew in the next one. Undefined: there is one only. */
  readonly epoch?: number | undefined;
  /** Of a Paxos slot: the ballot at which this copy was accepted. */
  readonly ballot?: number | undefined;
  /** Of the entry's kind and payload. */
  readonly hash: number;
}

/** A new leader's whole log, what is not yet stored included. */
export interface LeaderLog {
  readonly base: { readonly index: number };
  roundAt(index: number): number | undefined;
}

export type ProtocolInvariant =
  | 'election safety'
  | 'log matching'
  | 'one value per ballot'
  | 'leader completeness'
  | 'state-machine safety'
  | 'commit order'
  | 'apply order';

export interface InvariantViolation {
  readonly invariant: ProtocolInvariant;
  readonly reason: string;
}

export interface ProtocolInvariants {
  readonly violations: readonly InvariantViolation[];
  onLeader(event: {
    readonly node: string;
    readonly group: string;
    readonly term: number;
    readonly log?: LeaderLog;
  }): InvariantViolation | undefined;
  /** `previousRound`: of the entry before it in the same log; undefined where that is unknown (below the base). */
  onStored(event: LogEntryEvent & { readonly previousRound: number | undefined }): InvariantViolation | undefined;
  /** In order and without gaps from where the node started; protocol entries included. */
  onCommitted(event: LogEntryEvent): InvariantViolation | undefined;
  onApplied(event: LogEntryEvent): InvariantViolation | undefined;
  /** The node began a life, or loaded a snapshot, with this applied: commits and applications go on from there. */
  onStarted(event: { readonly node: string; readonly group: string; readonly applied: number }): void;
}

interface Decided {
  readonly round: number;
  readonly hash: number;
  readonly node: string;
  /** Highest term that had a leader when it was first seen decided: its own leader's, or a later one's. */
  readonly term: number;
}

interface StoredEntry {
  readonly hash: number;
  readonly node: string;
  previousRound: number | undefined;
}

class Group {
  readonly leaders: Map<number, string> = new Map();
  readonly stored: Map<string, StoredEntry> = new Map();
  /** By slot and ballot. */
  readonly accepted: Map<string, LogEntryEvent> = new Map();
  readonly decided: Map<number, Decided> = new Map();
  readonly committed: Map<string, number> = new Map();
  readonly applied: Map<string, number> = new Map();
  lastDecided = 0;
  term = 0;
}

/** @param onViolation hears of each as it happens */
export function createProtocolInvariants(
  onViolation: (violation: InvariantViolation) => void = () => undefined,
): ProtocolInvariants {
  return new Observer(onViolation);
}

class Observer implements ProtocolInvariants {
  readonly violations: InvariantViolation[] = [];
  readonly #groups: Map<string, Group> = new Map();
  readonly #onViolation: (violation: InvariantViolation) => void;

  constructor(onViolation: (violation: InvariantViolation) => void) {
    this.#onViolation = onViolation;
  }

  onLeader(event: { readonly node: string; readonly group: string; readonly term: number; readonly log?: LeaderLog }) {
    const { node, group, term, log } = event;
    const state = this.#group(group);
    const other = state.leaders.get(term);
    if (other !== undefined && other !== node) {
      return this.#violate('election safety', `${group}: both ${other} and ${node} lead in term ${term}`);
    }
    state.leaders.set(term, node);
    state.term = Math.max(state.term, term);
    return log === undefined ? undefined : this.#checkComplete(state, event, log);
  }

  #checkComplete(
    state: Group,
    { node, group, term }: { readonly node: string; readonly group: string; readonly term: number },
    log: LeaderLog,
  ): InvariantViolation | undefined {
    const index = newestDecidedBefore(state, term);
    const decided = state.decided.get(index);
    if (decided === undefined || index <= log.base.index) return undefined;
    const round = log.roundAt(index);
    if (round === decided.round) return undefined;
    const has = round === undefined ? 'nothing' : `an entry of round ${round}`;
    return this.#violate(
      'leader completeness',
      `${group}: ${node}, leader of term ${term}, has ${has} at index ${index}, where ${decided.node} knows round ${decided.round} decided`,
    );
  }

  onStored(event: LogEntryEvent & { readonly previousRound: number | undefined }): InvariantViolation | undefined {
    const { node, group, index, round, hash, previousRound } = event;
    const state = this.#group(group);
    if (event.ballot !== undefined) this.#accept(state, event, event.ballot);
    const place = `${event.epoch ?? 0}/${index}/${round}`;
    const known = state.stored.get(place);
    if (known === undefined) {
      state.stored.set(place, { hash, node, previousRound });
      return undefined;
    }
    const where = `${group}: at index ${index} of round ${round}`;
    if (known.hash !== hash) {
      return this.#violate('log matching', `${where} ${known.node} has entry ${known.hash} and ${node} has ${hash}`);
    }
    const previous = known.previousRound ?? previousRound;
    known.previousRound = previous;
    if (previousRound === undefined || previous === previousRound) return undefined;
    return this.#violate('log matching', `${where} ${known.node} follows round ${previous} and ${node} follows ${previousRound}`);
  }

  #accept({ accepted }: Group, event: LogEntryEvent, ballot: number): void {
    const { node, group, index, round, hash } = event;
    const place = `${event.epoch ?? 0}/${index}@${ballot}`;
    const known = accepted.get(place) ?? event;
    accepted.set(place, known);
    if (known.round === round && known.hash === hash) return;
    this.#violate(
      'one value per ballot',
      `${group}: in slot ${index} at ballot ${ballot} ${known.node} accepted entry ${known.hash} of round ${known.round} ` +
        `and ${node} entry ${hash} of round ${round}`,
    );
  }

  onCommitted(event: LogEntryEvent): InvariantViolation | undefined {
    const { node, group, index } = event;
    const { committed } = this.#group(group);
    const last = committed.get(node) ?? 0;
    committed.set(node, index);
    if (index !== last + 1) {
      return this.#violate('commit order', `${group}: ${node} commits index ${index} after ${last}`);
    }
    return this.#decide(event, 'commits');
  }

  onApplied(event: LogEntryEvent): InvariantViolation | undefined {
    const { node, group, index } = event;
    const { applied } = this.#group(group);
    const last = applied.get(node) ?? 0;
    applied.set(node, index);
    if (index <= last) return this.#violate('apply order', `${group}: ${node} applies index ${index} after ${last}`);
    return this.#decide(event, 'applies');
  }

  onStarted({ node, group, applied }: { readonly node: string; readonly group: string; readonly applied: number }): void {
    const state = this.#group(group);
    state.committed.set(node, applied);
    state.applied.set(node, applied);
  }

  #decide(event: LogEntryEvent, does: string): InvariantViolation | undefined {
    const { node, group, index, round, hash } = event;
    const state = this.#group(group);
    const known = state.decided.get(index);
    if (known === undefined) {
      state.decided.set(index, { round, hash, node, term: Math.max(state.term, round) });
      state.lastDecided = Math.max(state.lastDecided, index);
      return undefined;
    }
    if (known.round === round && known.hash === hash) return undefined;
    return this.#violate(
      'state-machine safety',
      `${group}: at index ${index} ${node} ${does} entry ${hash} of round ${round}, ` +
        `${known.node} had entry ${known.hash} of round ${known.round}`,
    );
  }

  #violate(invariant: ProtocolInvariant, reason: string): InvariantViolation {
    const violation = { invariant, reason };
    this.violations.push(violation);
    this.#onViolation(violation);
    return violation;
  }

  #group(name: string): Group {
    const known = this.#groups.get(name);
    if (known !== undefined) return known;
    const group = new Group();
    this.#groups.set(name, group);
    return group;
  }
}

/** A leader of an old term may learn of its election after a later one has decided more: it need not have that. */
function newestDecidedBefore(state: Group, term: number): number {
  let index = state.lastDecided;
  while (index > 0 && (state.decided.get(index)?.term ?? term) >= term) index--;
  return index;
}
