// Linearizability of lists that are only appended to. Since elements are unique, a list tells its whole history: every list that
// was seen must be a beginning of the longest one, and its length says at which point of the order its operation took effect. So
// no search is needed: the order is given, and real time either agrees with it or does not. Appends of unknown outcome count
// where somebody saw their element, and nowhere else.
import type { ListOperation } from '../history/list-log.js';
import { groupByKey } from './verdict.js';

export type ListRule = 'one order' | 'no duplicates' | 'nothing from nowhere' | 'real time';

export interface ListViolation {
  readonly rule: ListRule;
  readonly reason: string;
}

export function checkLists(operations: readonly ListOperation[]): ListViolation | undefined {
  for (const [key, ofKey] of groupByKey(operations)) {
    const violation = checkOrder(key, ofKey) ?? checkElements(key, ofKey) ?? checkRealTime(key, ofKey);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

const longestOf = (operations: readonly ListOperation[]): readonly string[] =>
  operations.reduce<readonly string[]>((longest, { outcome }) => {
    return outcome !== undefined && outcome.list.length > longest.length ? outcome.list : longest;
  }, []);

function checkOrder(key: string, operations: readonly ListOperation[]): ListViolation | undefined {
  const longest = longestOf(operations);
  for (const operation of operations) {
    const at = operation.outcome?.list.findIndex((element, place) => element !== longest[place]) ?? -1;
    if (at < 0) continue;
    return {
      rule: 'one order',
      reason: `${key}: ${describe(operation)} has ${operation.outcome!.list[at]} in place ${at}, where another has ${longest[at]}`,
    };
  }
  return undefined;
}

function checkElements(key: string, operations: readonly ListOperation[]): ListViolation | undefined {
  const appends = new Map(operations.flatMap((one) => (one.element === undefined ? [] : [[one.element, one] as const])));
  const seen = new Set<string>();
  for (const element of longestOf(operations)) {
    if (seen.has(element)) return { rule: 'no duplicates', reason: `${key}: ${element} stands in the list twice` };
    seen.add(element);
    const append = appends.get(element);
    if (append === undefined) return { rule: 'nothing from nowhere', reason: `${key}: nobody appended ${element}` };
    if (append.outcome?.appended === false)
      return { rule: 'nothing from nowhere', reason: `${key}: ${describe(append)} was refused, and is in the list` };
  }
  return undefined;
}

/** The length before its effect that an operation shows, where it shows one. */
function checkRealTime(key: string, operations: readonly ListOperation[]): ListViolation | undefined {
  const placeOf = new Map(longestOf(operations).map((element, at) => [element, at] as const));
  const events = eventsOf(operations);
  const invoked = new Set<string>();
  let known = 0;
  let witness: ListOperation | undefined;
  for (const { operation, kind } of events) {
    if (kind === 'invoke') {
      if (operation.element !== undefined) invoked.add(operation.element);
      const least = leastBefore(operation, placeOf);
      if (least < known) return late(key, operation, witness!);
      continue;
    }
    const list = operation.outcome?.list ?? [];
    const early = list.find((element) => !invoked.has(element));
    if (early !== undefined)
      return { rule: 'real time', reason: `${key}: ${describe(operation)} saw ${early} before it was appended` };
    if (list.length > known) {
      known = list.length;
      witness = operation;
    }
  }
  return undefined;
}

/** How long the list was, at most, when the operation took effect. */
function leastBefore({ element, outcome }: ListOperation, placeOf: ReadonlyMap<string, number>): number {
  const place = element === undefined ? undefined : placeOf.get(element);
  if (place !== undefined) return place;
  return outcome?.list.length ?? Number.POSITIVE_INFINITY;
}

const late = (key: string, operation: ListOperation, witness: ListOperation): ListViolation => ({
  rule: 'real time',
  reason: `${key}: ${describe(operation)} began after ${describe(witness)} had ended, and took effect before it`,
});

interface Event {
  readonly at: number;
  readonly kind: 'invoke' | 'return';
  readonly operation: ListOperation;
}

function eventsOf(operations: readonly ListOperation[]): readonly Event[] {
  const events = operations.flatMap((operation): Event[] => [
    { at: operation.invokeEvent, kind: 'invoke', operation },
    ...(operation.returnEvent === undefined ? [] : [{ at: operation.returnEvent, kind: 'return' as const, operation }]),
  ]);
  return events.sort((one, other) => one.at - other.at);
}

function describe({ client, element, outcome }: ListOperation): string {
  const what = element === undefined ? 'the read' : `the append of ${element}`;
  const shown = outcome === undefined ? 'unknown' : `${outcome.list.length} elements`;
  return `${what} by client ${client} (${shown})`;
}
