// The components in an agent's configuration. They were read from reknit.yaml, with every mistake told there; here it is only
// made sure that they are such declarations, of this version.
import type { ProcessComponent } from '@reknit/drivers';

/** Undefined when it is one; otherwise what is wrong with it. */
export function objectionTo(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'is not an object';
  const fields = value as Readonly<Record<string, unknown>>;
  if (fields.driver !== 'process') return `has driver ${JSON.stringify(fields.driver)}: expected "process"`;
  const wrong = Object.entries(SHAPE).find(([name, isRight]) => !isRight(fields[name]));
  return wrong === undefined ? undefined : `has no ${wrong[0]} as this version writes it: let  reknit up  write it anew`;
}

export const isComponent = (value: unknown): value is ProcessComponent => objectionTo(value) === undefined;

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 1;
const isRecord = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

/** One for each part that the driver reads. */
const SHAPE: Readonly<Record<Exclude<keyof ProcessComponent, 'driver' | 'observe'>, (value: unknown) => boolean>> = {
  name: isText,
  instances: isCount,
  command: (value) => Array.isArray(value) && value.every((word) => typeof word === 'string'),
  cwd: isText,
  env: isRecord,
  ports: (value) => Array.isArray(value) && value.every(isCount),
  stop: isRecord,
  log: isRecord,
  config: Array.isArray,
  detect: Array.isArray,
  verify: isRecord,
  policy: isRecord,
};
