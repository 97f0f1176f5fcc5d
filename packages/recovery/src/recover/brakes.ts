// What holds back an act on a subject that still serves: too much at a time, too much of its group unwell, too soon after
// the last time. All brakes that hold are named, not only the first.
//
// Surprising: they never hold what is proven to be down. Starting one's own dead child, or ending a process that the kernel
// says is stopped, takes nothing away from anybody; there is only the back-off. And a cooldown goes by class and severity, so
// that a minor repair a moment ago never delays a graver one.
import type { Millis } from '@reknit/base';
import type { FaultName } from '../faults/fault-class.js';
import type { Action, Policy } from './actions.js';

export interface BrakeSettings {
  /** Repairs of serving subjects at the same time, over all groups. Default 2: an operator can follow two. */
  readonly concurrentMax: number;
  /** Default two thirds. Where more of a group is unwell at once, the observer or what they share is sick, not they. */
  readonly unwellShareMax: number;
}

export const BRAKE_DEFAULTS: BrakeSettings = { concurrentMax: 2, unwellShareMax: 0.67 };

/** Of a policy that says nothing; of the store's own members too. */
export const DEFAULT_POLICY: Policy = { mode: 'active', dependsOn: [], maxConcurrent: 1, group: 'store', voters: true };

/** A share of two is one: no judgement. */
const GROUP_MIN = 3;

export interface Kin {
  readonly subject: string;
  readonly group: string;
  /** It answers, and nothing is known against it. */
  readonly isWell: boolean;
  /** The engine is at work on it now. */
  readonly isUnderRepair: boolean;
}

export interface PastRepair {
  readonly fault: FaultName;
  readonly severity: number;
  readonly closedAt: number;
  readonly cooldownMs: Millis;
}

export interface BrakeQuestion {
  readonly subject: string;
  readonly action: Action;
  readonly severity: number;
  readonly at: number;
  readonly policy: Policy;
  /** Every subject of this agent. */
  readonly kin: readonly Kin[];
  /** Of this subject, that the engine has carried out. */
  readonly past: readonly PastRepair[];
}

/** What takes the subject out of service for a while. */
const DISRUPTIVE: ReadonlySet<Action> = new Set<Action>([
  'fence',
  'stop',
  'restart',
  'rebuild',
  'replace',
  'relocate',
  'roll-back',
]);
/** Nothing is done to anybody. */
const HARMLESS: ReadonlySet<Action> = new Set<Action>(['wait', 'page', 'suspend-accusations', 'alarm']);

/** Every brake that holds, in words; empty: go. */
export function brakesOn(question: BrakeQuestion, settings: BrakeSettings = BRAKE_DEFAULTS): readonly string[] {
  if (HARMLESS.has(question.action)) return [];
  const brakes = [tooMuchAtOnce(question, settings), groupBusy(question), cooling(question)];
  const disruptive = DISRUPTIVE.has(question.action) ? [tooManyUnwell(question, settings), noMajority(question)] : [];
  return [...brakes, ...disruptive].filter((brake) => brake !== undefined);
}

const others = ({ kin, subject }: BrakeQuestion): readonly Kin[] => kin.filter((each) => each.subject !== subject);
const ofGroup = ({ policy }: BrakeQuestion, kin: readonly Kin[]): readonly Kin[] =>
  kin.filter(({ group }) => group === policy.group);
const names = (kin: readonly Kin[]): string => kin.map(({ subject }) => subject).join(', ');

function tooMuchAtOnce(question: BrakeQuestion, { concurrentMax }: BrakeSettings): string | undefined {
  const busy = others(question).filter(({ isUnderRepair }) => isUnderRepair);
  return busy.length < concurrentMax ? undefined : `${busy.length} repairs are under way (${names(busy)}), no more at a time`;
}

function groupBusy(question: BrakeQuestion): string | undefined {
  const { group, maxConcurrent } = question.policy;
  const busy = ofGroup(question, others(question)).filter(({ isUnderRepair }) => isUnderRepair);
  return busy.length < maxConcurrent
    ? undefined
    : `${names(busy)} of ${group} is under repair: ${maxConcurrent} at a time in one failure domain`;
}

function tooManyUnwell(question: BrakeQuestion, { unwellShareMax }: BrakeSettings): string | undefined {
  const group = ofGroup(question, question.kin);
  const unwell = group.filter(({ isWell }) => !isWell);
  if (group.length < GROUP_MIN || unwell.length <= group.length * unwellShareMax) return undefined;
  return `${unwell.length} of ${group.length} of ${question.policy.group} are unwell at once: what they share is sick, or this observer`;
}

/** Of voters: who serves is not taken away where the rest would be no majority. */
function noMajority(question: BrakeQuestion): string | undefined {
  if (question.policy.voters !== true) return undefined;
  const group = ofGroup(question, question.kin);
  const left = ofGroup(question, others(question)).filter(({ isWell }) => isWell);
  if (group.length === 1 || left.length * 2 > group.length) return undefined;
  return `${left.length} of ${group.length} voters would be left, no majority`;
}

/** No brake, but the end of the ladder: more of the same would not help. */
export function spentBudget({ policy, past, at }: Pick<BrakeQuestion, 'policy' | 'past' | 'at'>): string | undefined {
  const { budget } = policy;
  if (budget === undefined) return undefined;
  const within = past.filter(({ closedAt }) => at - closedAt < budget.withinMs);
  return within.length < budget.repairs
    ? undefined
    : `the budget of ${budget.repairs} repairs in ${Math.round(budget.withinMs / 1000)} s is spent`;
}

function cooling({ past, severity, at, policy }: BrakeQuestion): string | undefined {
  const graver = past.filter((repair) => repair.severity >= severity);
  const left = graver.map(({ closedAt, cooldownMs, fault }) => ({
    fault,
    ms: closedAt + (policy.cooldownMs ?? cooldownMs) - at,
  }));
  const longest = left.reduce((longer, each) => (each.ms > longer.ms ? each : longer), { fault: '', ms: 0 });
  return longest.ms <= 0
    ? undefined
    : `the cooldown after its repair (${longest.fault}) lasts another ${Math.ceil(longest.ms / 1000)} s`;
}
