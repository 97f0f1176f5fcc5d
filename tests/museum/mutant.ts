// A known way to break a promise: one small change to the sources as they are. No switch in the sources knows of it: the runner
// puts the changed text into a bundle of its own, and the tree stays as it is.
import type { ProtocolName } from '@reknit/consensus';
import type { FaultKind, WorkloadKind } from '@reknit/simulator';

export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands in it exactly once. */
  readonly find: string;
  readonly replace: string;
}

/** Where a seed may show the damage soonest: where the bug lives, or, for what only clients see, the whole cluster. */
export type Ground =
  /** Pure replicas through short lives: campaigns without a cause, crashes, messages in any order. */
  | { readonly kind: 'walks'; readonly protocol: ProtocolName }
  /** Groups that change their voters and their protocol, through all of it. */
  | { readonly kind: 'stages' }
  /** Whole members on simulated machines, with checked clients. */
  | {
      readonly kind: 'simulator';
      readonly protocol: ProtocolName;
      /** Exactly these beside the registers, where nothing else could find it. */
      readonly workloads: readonly WorkloadKind[];
      /** Exactly these; where not given, what each seed draws. */
      readonly faults?: readonly FaultKind[];
    }
  /** The log alone, against a model, through crashes and rot. */
  | { readonly kind: 'log' }
  /** The key space alone, against a model, through flushes, compactions and crashes. */
  | { readonly kind: 'key space' }
  /** Watchers over a key space, against a history that is kept beside it. */
  | { readonly kind: 'watches' };

export interface Mutant {
  readonly name: string;
  /** What it does, in one or two sentences. */
  readonly why: string;
  /** Where it was seen in public: an issue, a paper. */
  readonly reference: { readonly text: string; readonly url: string };
  readonly part: 'Raft' | 'Multi-Paxos' | 'Zab' | 'succession' | 'the log' | 'mvcc' | 'the store';
  readonly ground: Ground;
  readonly edits: readonly Edit[];
}

export const describeGround = (ground: Ground): string => {
  switch (ground.kind) {
    case 'walks':
      return `walks (${ground.protocol})`;
    case 'simulator':
      return `simulator (${[ground.protocol, ...ground.workloads, ...(ground.faults ?? [])].join(', ')})`;
    default:
      return ground.kind;
  }
};
