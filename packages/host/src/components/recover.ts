// `recover:`, what may be done about a component: how far (mode), in which order (ladder), how often (budget, cooldown), and
// after whom (dependsOn).
import { parseDuration } from '@reknit/base';
import { ACTIONS, type Action, type Ladder, type Policy, type Rung } from '@reknit/recovery';
import { nearest } from './nearest.js';
import type { Field, Fields } from './sheet.js';

const MODES = ['observe', 'passive', 'active'] as const;
/** What can be done to processes that are declared; the others are about a store. */

const CAN: ReadonlySet<Action> = new Set<Action>(['wait', 'stop', 'fence', 'restart', 'relocate', 'roll-back', 'page']);
const RUNGS_MAX = 16;

export interface PolicyScope {
  readonly component: string;
  readonly instances: number;
  readonly sparePorts: number;
}

export type DeclaredPolicy = Policy & {
  /** Where it stands in the file, to be held against the other components. */
  readonly dependencies: readonly { readonly name: string; readonly field: Field }[];
};

export function readPolicy(field: Field, scope: PolicyScope): DeclaredPolicy {
  const fields = field.fields('a map such as { mode: active, ladder: [restart, page], budget: 3 per 10m }');
  const bare: DeclaredPolicy = { mode: 'active', dependsOn: [], maxConcurrent: 1, group: scope.component, dependencies: [] };
  if (fields === undefined) return bare;
  const mode = fields.get('mode').oneOf(MODES) ?? 'active';
  const ladder = readLadder(fields.get('ladder'), scope);
  const budget = readBudget(fields.get('budget'));
  const cooldownMs = fields.get('cooldown').duration({ minMs: 0 });
  const maxConcurrent = fields.get('maxConcurrent').whole(1, scope.instances) ?? 1;
  const dependencies = readNames(fields);
  fields.close();
  return {
    ...bare,
    mode,
    maxConcurrent,
    dependencies,
    dependsOn: dependencies.map(({ name }) => name),
    ...(ladder === undefined ? {} : { ladder }),
    ...(budget === undefined ? {} : { budget }),
    ...(cooldownMs === undefined ? {} : { cooldownMs }),
  };
}

function readNames(fields: Fields): DeclaredPolicy['dependencies'] {
  const field = fields.get('dependsOn');
  const items = field.isList ? field.list('a list') : field.isPresent ? [field] : [];
  return items.flatMap((item) => {
    const name = item.text('the name of a component');
    return name === undefined ? [] : [{ name, field: item }];
  });
}

function readLadder(field: Field, scope: PolicyScope): Ladder | undefined {
  if (!field.isPresent) return undefined;
  const items = field.list('a list of actions, mildest first, such as [restart, relocate, page]');
  if (items.length > RUNGS_MAX) field.fail(`has ${items.length} rungs: expected ${RUNGS_MAX} at the most`);
  const rungs = items.map((item) => readRung(item, scope));
  if (!field.isList || rungs.some((rung) => rung === undefined)) return undefined;
  const ladder = rungs.filter((rung) => rung !== undefined);
  refuseEndless(field, ladder);
  return ladder;
}

/** When nothing helps, a human must hear of it. */
function refuseEndless(field: Field, ladder: Ladder): void {
  const pages = ladder.flat().filter((action) => action === 'page').length;
  if (ladder.at(-1)?.at(-1) !== 'page')
    field.fail('has no end: expected page as its last rung, so that a human is asked when nothing helps');
  else if (pages > 1) field.fail('goes on after page: expected page as its last rung only');
}

function readRung(field: Field, scope: PolicyScope): Rung | undefined {
  const items = field.isList ? field.list('a list') : [field];
  const actions = items.map((item) => readAction(item, scope));
  if (actions.length === 0) return field.wrong('an action, or a list of actions');
  return actions.every((action) => action !== undefined) ? actions : undefined;
}

function readAction(field: Field, { sparePorts }: PolicyScope): Action | undefined {
  const text = field.source;
  const action = ACTIONS.find((known) => known === text);
  if (action === undefined) {
    const near = text === undefined ? undefined : nearest(text, [...CAN]);
    return field.wrong(`${[...CAN].join(', ')}${near === undefined ? '' : ` (did you mean "${near}"?)`}`);
  }
  if (!CAN.has(action)) return field.fail(`is "${action}", which cannot be done to a process: expected ${[...CAN].join(', ')}`);
  if (action === 'relocate' && sparePorts === 0)
    return field.fail('is "relocate", but there is no port to move to: list more ports than instances, or add  spare: 1');
  return action;
}

function readBudget(field: Field): Policy['budget'] | undefined {
  const text = field.text('a budget such as "3 per 10m"');
  if (text === undefined) return undefined;
  const found = /^(\d+)\s+per\s+(\S+)$/.exec(text);
  const repairs = Number(found?.[1]);
  const withinMs = parseDuration(found?.[2] ?? '');
  if (repairs >= 1 && repairs <= 1000 && withinMs !== undefined && withinMs >= 1000) return { repairs, withinMs };
  return field.wrong('so many repairs in a time, such as "3 per 10m"');
}
