// A fault that a drill makes for real, and what a good recovery engine makes of it. The engine is told nothing: not that a
// drill is under way, nor which.
import type { FaultName } from '@reknit/recovery';
import type { ProcessIdentity } from '@reknit/runtime';
import type { LocalCluster } from '../../cluster/local-cluster.js';
import type { FaultKind } from '../subjects.js';

export interface Victim {
  readonly name: string;
  readonly process: ProcessIdentity;
  readonly role: 'leader' | 'follower' | 'component';
}

export interface DrillFault {
  readonly kind: FaultKind;
  /** What is done, for people. */
  readonly deed: string;
  /** The right diagnosis. 'silence': no incident at all, or one that ends for want of evidence. */
  readonly right: FaultName | 'silence';
  /**
   * What the engine should do. 'escalate': leave the node down, ask a human, and let the others serve; once the cause is gone
   * and the node is started by hand, verify it. 'outlast': what it can do lessens the harm and does not take the cause away;
   * once that is gone the incident ends well, whether or not a human was asked meanwhile.
   */
  readonly response: 'heal' | 'outlast' | 'escalate' | 'nothing';
  /** Others are struck with it, and incidents of theirs that are named as rightly are no false alarms. */
  readonly spreads?: 'to others';
  /** Right names of incidents of those others, beside its own. */
  readonly alsoRight?: readonly FaultName[];
  /** Exactly this one, instead of a node that is drawn. */
  readonly subject?: string;
  /** Resolves in the moment in which it has struck: all times count from there. */
  strike(cluster: LocalCluster, victim: Victim): Promise<void>;
  /** Takes its cause away, whether or not the engine has dealt with it. */
  relent(cluster: LocalCluster, victim: Victim): Promise<void>;
}

export const nothingToUndo = (): Promise<void> => Promise.resolve();
