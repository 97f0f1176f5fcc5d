// What would have decided: for the classes that something speaks for, the evidence that could make them certain and of
// whose source nobody has heard.
import { unreachable } from '@reknit/base';
import type { Facts } from '../detect/facts.js';
import type { FaultClass, FaultName, Source } from '../faults/fault-class.js';
import type { Hypothesis } from './diagnose.js';

export interface Missing {
  /** For the class that it would decide about. */
  readonly fault: FaultName;
  readonly from: Source;
  readonly text: string;
}

/** Each is a thing to find out; more than a few are none. */
const MISSING_MAX = 4;

export function missingFor(
  hypotheses: readonly Hypothesis[],
  facts: Facts,
  catalogue: readonly FaultClass[],
): readonly Missing[] {
  const told = new Set<Source>();
  const missing: Missing[] = [];
  for (const { fault, score, ruledOut, for: supports } of hypotheses) {
    if (ruledOut || supports.length === 0 || score <= 0) continue;
    for (const { from, means, weight } of catalogue.find(({ name }) => name === fault)?.evidence ?? []) {
      if (weight === 'rules-out' || weight <= 0 || told.has(from) || isKnown(from, facts)) continue;
      told.add(from);
      missing.push({ fault, from, text: `${from} (whether ${means})` });
    }
  }
  return missing.slice(0, MISSING_MAX);
}

/** Whether that source has said anything at all, good or bad. */
function isKnown(source: Source, facts: Facts): boolean {
  switch (source) {
    case 'kernel':
      return facts.processState !== 'unknown';
    case 'exit status':
      return facts.exit !== undefined;
    case 'exit journal':
      return facts.exitMark !== undefined;
    case 'log':
      return facts.lastWords !== undefined || has(facts, 'log');
    case 'port':
      return facts.connect !== 'not-tried';
    case 'health probe':
      return facts.health !== 'not-tried';
    case 'effort':
      return facts.silence?.ranMs !== undefined;
    case 'own word':
      return facts.vitals !== undefined;
    case 'peers':
      return facts.votes.length > 0 || has(facts, 'vote');
    case 'who sees whom':
      return facts.reach.length > 0;
    case 'detectors':
      return facts.signals.length > 0;
    case 'quorum':
      return facts.quorum !== undefined;
    case 'lag':
      return facts.lag !== undefined;
    case 'changes':
      return facts.changedAt !== undefined;
    // Of these an empty list is an answer.
    case 'store alarms':
    case 'past ends':
    case 'past incidents':
    case 'neighbours':
    case 'marks':
    case 'claims':
    case 'locks':
    case 'own clock':
      return true;
    default:
      return unreachable(source);
  }
}

const has = ({ signals }: Facts, kind: 'log' | 'vote'): boolean => signals.some((signal) => signal.kind === kind);
