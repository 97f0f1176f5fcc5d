// Which checks a repair has to pass: those of its verdict's class, of which the driver says that they make sense for the
// subject, and beside them whatever it declares itself.
import { checksOf } from '../faults/catalogue.js';
import type { Verdict } from '../faults/fault-class.js';
import type { Check } from './check.js';

/** The order in which declared ones stand, before the soak and the last look at who runs. */
const DECLARED: readonly Check[] = ['probe', 'own'];
/** Looked at after the soak: a metric needs a while to settle, an error a while to come again. */
const SETTLED: readonly Check[] = ['metrics'];

/** @param sensible absent: all */
export function checksFor(verdict: Verdict | undefined, sensible: ReadonlySet<Check> | undefined): readonly Check[] {
  const makesSense = (check: Check): boolean => sensible === undefined || sensible.has(check);
  const ofClass = checksOf(verdict).filter(makesSense);
  const missing = (checks: readonly Check[]): readonly Check[] =>
    checks.filter((check) => sensible?.has(check) === true && !ofClass.includes(check));
  const soak = ofClass.indexOf('soak');
  if (soak < 0) return [...ofClass, ...missing(DECLARED), ...missing(SETTLED)];
  return [...ofClass.slice(0, soak), ...missing(DECLARED), 'soak', ...missing(SETTLED), ...ofClass.slice(soak + 1)];
}
