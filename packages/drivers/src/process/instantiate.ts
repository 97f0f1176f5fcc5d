// From what is declared of a component to what holds for one instance at one place: every variable filled in. Pure.
//
// Surprising: a variable that is not known stays as it stands. Whoever reads a declaration refuses it before.
import type { DetectSpec, VerifySpec } from '@reknit/recovery';
import { type OutputLog, type ProcessComponent, subjectsOf } from './component.js';

/** All that one instance needs to be run, watched and verified. */
export interface ProcessInstance {
  readonly subject: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly port: number | undefined;
  readonly log: OutputLog;
  readonly detect: readonly DetectSpec[];
  readonly verify: VerifySpec;
}

export interface Place {
  /** From 1. */
  readonly instance: number;
  readonly port: number | undefined;
}

/** `$${` stands for `${` itself. */
const VARIABLE = /\$\$\{|\$\{([^}]*)\}/g;

export function instantiate(component: ProcessComponent, { instance, port }: Place): ProcessInstance {
  const subject = subjectsOf(component)[instance - 1]!;
  const values = {
    instance: `${instance}`,
    subject,
    component: component.name,
    ...(port === undefined ? {} : { port: `${port}` }),
  };
  const fill = <Value>(value: Value): Value => fillIn(value, values);
  const [command = '', ...args] = fill(component.command);
  return {
    subject,
    command,
    args,
    cwd: fill(component.cwd),
    env: { ...(port === undefined ? {} : { PORT: `${port}` }), ...fill(component.env) },
    port,
    log: fill(component.log),
    detect: fill(component.detect),
    verify: fill(component.verify),
  };
}

/** Every text in it, however deep. */
export function fillIn<Value>(value: Value, values: Readonly<Record<string, string>>): Value {
  // The shape stays: texts become texts, lists lists of the same length, records keep their keys.
  return filled(value, values) as Value;
}

function filled(value: unknown, values: Readonly<Record<string, string>>): unknown {
  if (typeof value === 'string')
    return value.replace(VARIABLE, (whole, name?: string) => (name === undefined ? '${' : (values[name] ?? whole)));
  if (Array.isArray(value)) return value.map((each) => filled(each, values));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each, values)]));
}

/** The names that a text asks for. */
export const variablesIn = (text: string): readonly string[] =>
  [...text.matchAll(VARIABLE)].flatMap(([, name]) => (name === undefined ? [] : [name]));
