// What must hold whatever happens: checked after each turn of any replica of a sandbox.
import type { Entry, Index, NodeId, ReplicaStatus, Round } from '../../src/index.js';

export class SafetyViolation extends Error {}

export interface Decision {
  readonly id: NodeId;
  /** That this replica is in. */
  readonly round: Round;
  readonly entry: Entry;
  readonly majority: number;
}

export class Invariants {
  readonly leaders = new Map<Round, NodeId>();
  readonly decided = new Map<Index, Entry>();
  /** The round that its first known decider was in: that of the leader who decided it. */
  readonly decidedIn = new Map<Index, Round>();
  highestDecided = 0 as Index;

  /** Election safety: a round has at most one leader. */
  observeStatus(id: NodeId, { role, round }: ReplicaStatus): void {
    if (role !== 'leader') return;
    const known = this.leaders.get(round) ?? id;
    if (known !== id) throw new SafetyViolation(`round ${round} is led by ${known} and ${id}`);
    this.leaders.set(round, id);
  }

  /**
   * State-machine safety, and that a decision rests on durable copies.
   * @param copies how many voters hold the entry durably, by the sandbox's own look at the logs
   */
  observeDecided({ id, round, entry, majority }: Decision, copies: (entry: Entry) => number): void {
    const known = this.decided.get(entry.index);
    if (known !== undefined) {
      if (known.round !== entry.round) {
        throw new SafetyViolation(`index ${entry.index} is decided in rounds ${known.round} and, at ${id}, ${entry.round}`);
      }
      return;
    }
    const held = copies(entry);
    if (held < majority) throw new SafetyViolation(`${id} decided ${entry.index}@${entry.round} with ${held} durable copies`);
    this.decided.set(entry.index, entry);
    this.decidedIn.set(entry.index, round);
    if (entry.index > this.highestDecided) this.highestDecided = entry.index;
  }
}
