// Linearizability of each key on its own; being local, it holds of the whole store exactly if it holds of every key
// (Herlihy & Wing 1990, theorem 1). The budget bounds the search; when it runs out the verdict says so.
import { ABSENT, type Operation } from '../../history/operation.js';
import { groupByKey, type InitialStates, type KnownState, type LinearizabilityVerdict } from '../verdict.js';
import { explainViolation } from './explain.js';
import { minimiseViolation } from './minimise.js';
import { prepareRegister } from './prepare.js';
import { RegisterSearch } from './search.js';

export interface LinearizabilityOptions {
  readonly initial?: InitialStates;
  /**
   * Configurations that all searches together may visit; a history needs about one an operation unless it is ambiguous.
   * A key may use half of what is left. Default: a million and four an operation; ten seconds or so at the worst.
   */
  readonly visitsMax?: number;
}

const VISITS_BASE = 1_000_000;
const VISITS_PER_OPERATION = 4;

export function checkLinearizability(
  operations: readonly Operation[],
  options: LinearizabilityOptions = {},
): LinearizabilityVerdict {
  let left = options.visitsMax ?? VISITS_BASE + VISITS_PER_OPERATION * operations.length;
  const exhausted: string[] = [];
  for (const [key, ofKey] of groupByKey(operations)) {
    const initial = options.initial?.get(key) ?? (ABSENT as KnownState);
    const budget = { left: Math.ceil(left / 2) };
    left -= budget.left;
    const result = new RegisterSearch(prepareRegister(ofKey, initial), budget).run();
    left += budget.left;
    if (result.kind === 'violation') return violation(key, ofKey, result.stuck, initial);
    if (result.kind === 'exhausted') exhausted.push(key);
  }
  if (exhausted.length === 0) return { kind: 'linearizable' };
  return { kind: 'unknown', why: `too many orders are possible to search them all for ${exhausted.join(', ')}` };
}

function violation(key: string, ofKey: readonly Operation[], stuck: Operation, initial: KnownState): LinearizabilityVerdict {
  const operations = minimiseViolation(ofKey, stuck, initial);
  return { kind: 'violation', key, operations, reason: explainViolation(operations, ofKey, initial) };
}
