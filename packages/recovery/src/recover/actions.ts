// What the engine can do about a fault, and the words in which a driver answers. A ladder is a list of rungs, mildest
// first; a rung is a list of actions carried out in order and then verified. A rung that proves futile leads to the
// next one, and the last one of every ladder is a page to a human.
//
// Surprising: an action is a word, not code. Whoever owns the subject knows how; the engine knows when, and how often.
import type { Millis } from '@reknit/base';
import type { ProcessIdentity } from '@reknit/runtime';

export const ACTIONS = [
  /** It may end by itself. */
  'wait',
  /** End a silent process by force, and start nothing before the kernel confirms its end. */
  'fence',
  /** Ask it to end. */
  'stop',
  /** Start it; a living one is asked to end first. */
  'restart',
  /** It gives up what it leads, to whomever. */
  'step-down',
  /** It gives up what it leads to a peer that is well. */
  'hand-over',
  /** Old revisions go, to make room. */
  'compact',
  /** The store is told that it is full, or that it no longer is. */
  'alarm',
  /** Its data are set aside and fetched anew from its peers. */
  'rebuild',
  /** A spare takes its place. */
  'replace',
  /** It runs elsewhere. */
  'relocate',
  /** A lock whose holder is gone is taken from it, by epoch. */
  'revoke-lock',
  /** The last change of its command or configuration is undone. */
  'roll-back',
  /** Less is asked of it. */
  'throttle',
  /** A majority is lost for good: its survivors go on without it. Only after approval. */
  'unsafe-recover',
  /** What this observer accuses others of is left, because it is sick itself. */
  'suspend-accusations',
  /** A human is asked. */
  'page',
] as const;
export type Action = (typeof ACTIONS)[number];

export type Rung = readonly Action[];
export type Ladder = readonly Rung[];

/** In order, as they would be carried out if every rung but the last were futile. */
export const actionsOf = (ladder: Ladder): readonly Action[] => ladder.flat();

/** How much the engine may do about a component. */
export type Mode =
  /** It says what it sees and would do. */
  | 'observe'
  /** It plans, and waits for an approval. */
  | 'passive'
  | 'active'
  /** Nothing is done and nobody is paged until then (wall-clock milliseconds); what is seen is said. */
  | { readonly kind: 'maintenance'; readonly until: number };

/** What is declared for one subject. */
export interface Policy {
  readonly mode: Exclude<Mode, object>;
  /** Instead of the one of its verdict's class, where it says what may be done. */
  readonly ladder?: Ladder;
  /** Repairs in a time, after which a human is asked. */
  readonly budget?: { readonly repairs: number; readonly withinMs: Millis };
  /** After a repair, before another one of the same gravity. */
  readonly cooldownMs?: Millis;
  /** Components by group: where one of them is sick too, its repair comes first. */
  readonly dependsOn: readonly string[];
  /** Repairs at the same time within its group. */
  readonly maxConcurrent: number;
  readonly soakMs?: Millis;
  /** Its failure domain: instances of one component, voters of one store. */
  readonly group: string;
  /** The group goes on by majority: voluntary acts leave it one. */
  readonly voters?: true;
}

/** One action asked of a driver. The same order may come twice: after an unknown outcome, or a death of the agent. */
export interface Order {
  readonly incident: string;
  readonly step: number;
  readonly attempt: number;
  /** The controller's, for what needs a quorum; undefined for a reflex. */
  readonly epoch: number | undefined;
  /** Wall-clock milliseconds after which it must not be begun any more. */
  readonly expiresAt: number;
  /** The life that it is about: not carried out on another one. */
  readonly process: ProcessIdentity | undefined;
}

/** How an order ended; OCF's severities decide what comes next. */
export type ActOutcome =
  | { readonly kind: 'done'; readonly detail: string }
  /** Soft: it may succeed when tried again here. */
  | { readonly kind: 'retry'; readonly detail: string }
  /** Hard: never on this machine. */
  | { readonly kind: 'not-here'; readonly detail: string }
  /** Fatal: nowhere. */
  | { readonly kind: 'nowhere'; readonly detail: string }
  /** It may have been carried out: asked again, the driver finds out first. */
  | { readonly kind: 'unknown'; readonly detail: string };
