// What must hold across the stages of a group, whatever happens: checked after each turn of any member.
import type { Entry, Epoch, Index, NodeId, Stage, SuccessionStatus } from '../../src/index.js';
import { SafetyViolation } from './invariants.js';

export interface Decision {
  readonly entry: Entry;
  readonly epoch: Epoch;
}

export class StageInvariants {
  /** By epoch and round. */
  readonly leaders = new Map<string, NodeId>();
  readonly decided = new Map<Index, Decision>();
  /** The decided stop-sign of each epoch. */
  readonly ends = new Map<Epoch, Index>();
  highestDecided = 0 as Index;

  /** At most one leader in a round of a stage. */
  observeStatus(id: NodeId, { role, epoch, round }: SuccessionStatus): void {
    if (role !== 'leader') return;
    const key = `${epoch}/${round}`;
    const known = this.leaders.get(key) ?? id;
    if (known !== id) throw new SafetyViolation(`epoch ${epoch}, round ${round} is led by ${known} and ${id}`);
    this.leaders.set(key, id);
  }

  /** One value for each index across all stages, resting on durable copies; nothing of a stage beyond its first stop-sign. */
  observeDecided(id: NodeId, { entry, epoch }: Decision, holdsMajority: () => boolean): void {
    const { index, round, kind } = entry;
    const end = this.ends.get(epoch);
    if (end !== undefined && index > end)
      throw new SafetyViolation(`${id} was given ${index} of epoch ${epoch}, which ended at ${end}`);
    const known = this.decided.get(index);
    if (known !== undefined) {
      if (known.epoch === epoch && known.entry.round === round) return;
      throw new SafetyViolation(
        `index ${index} is decided in ${known.epoch}/${known.entry.round} and, at ${id}, in ${epoch}/${round}`,
      );
    }
    if (!holdsMajority()) throw new SafetyViolation(`${id} decided ${index} of ${epoch}/${round} without a majority of copies`);
    this.decided.set(index, { entry, epoch });
    if (kind === 'stop-sign') this.ends.set(epoch, index);
    if (index > this.highestDecided) this.highestDecided = index;
  }

  /** Nobody acts on an undecided stop-sign (rule 3). */
  observeBegin(id: NodeId, index: Index, { epoch }: Stage): void {
    const end = this.ends.get((epoch - 1) as Epoch);
    if (end !== index) throw new SafetyViolation(`${id} begins epoch ${epoch} after ${index}, decided is ${end}`);
  }
}
