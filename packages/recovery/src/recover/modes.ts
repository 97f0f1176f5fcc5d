// How much the engine may do: what is declared for a component, what an operator has set for it, what an operator has set
// for everything, and what the class of the fault allows. The strictest of them holds.
import type { Mode, Policy } from './actions.js';

/** Set by an operator, for one subject or for everything. Kept in the journal. */
export interface ModeMark {
  readonly mode: Mode;
  readonly by: string;
}

export interface ModeQuestion {
  readonly at: number;
  readonly declared: Policy['mode'] | undefined;
  /** Of the subject: it takes the place of what is declared. */
  readonly own: ModeMark | undefined;
  readonly global: ModeMark | undefined;
  /** Of the fault's class. */
  readonly fault: 'passive' | undefined;
}

export interface EffectiveMode {
  readonly mode: Mode;
  /** Who says so, for `why`. */
  readonly source: string;
}

const STRICTNESS = { active: 0, passive: 1, observe: 2, maintenance: 3 } as const;
const strictness = (mode: Mode): number => STRICTNESS[typeof mode === 'object' ? mode.kind : mode];

export function effectiveMode({ at, declared = 'active', own, global, fault }: ModeQuestion): EffectiveMode {
  const candidates: EffectiveMode[] = [
    isInForce(own, at) ? { mode: own.mode, source: `set by ${own.by}` } : { mode: declared, source: 'as declared' },
    ...(isInForce(global, at) ? [{ mode: global.mode, source: `set for everything by ${global.by}` }] : []),
    ...(fault === undefined ? [] : [{ mode: fault, source: 'a fault of this class is never mended without an approval' }]),
  ];
  return candidates.reduce((strictest, each) => (strictness(each.mode) > strictness(strictest.mode) ? each : strictest));
}

/** A maintenance has an end. */
export const isInForce = (mark: ModeMark | undefined, at: number): mark is ModeMark =>
  mark !== undefined && (typeof mark.mode !== 'object' || mark.mode.until > at);

/** Why nothing may be done in this mode, whatever is approved; undefined: something may. */
export function modeObjection({ mode, source }: EffectiveMode, at: number): string | undefined {
  if (typeof mode === 'object')
    return `in maintenance for another ${Math.max(0, Math.round((mode.until - at) / 1000))} s (${source}): only observing`;
  return mode === 'observe' ? `mode observe (${source}): only observing` : undefined;
}
