// How improbable it is that a normally distributed value lies further out than y standard deviations, as a decimal logarithm.
//
// Everything stays a logarithm: the probability itself underflows to 0 at 39 deviations, and a phi of infinity says nothing.
// The fit is Numerical Recipes' `erfcc`: its relative error is below 1.2e-7 everywhere, however far out.

const LN_10 = Math.LN10;
const LN_2 = Math.LN2;

/** Of 1.26551223 + 1.00002368 t + ..., highest power first. */
const FIT = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196, 1.00002368, -1.26551223,
] as const;

/** log10 P(X > y), X standard normal. At most 0, and finite for every finite y. */
export function log10NormalTail(y: number): number {
  const x = Math.abs(y) / Math.SQRT2;
  const outer = logErfc(x) - LN_2;
  return (y >= 0 ? outer : Math.log1p(-Math.exp(outer))) / LN_10;
}

const DEVIATIONS_MAX = 1e6;
const HALVINGS = 80;

/** How many deviations out a value is so improbable: the inverse of `-log10NormalTail`, found by halving. */
export function deviationsAt(phi: number): number {
  let [low, high] = [-DEVIATIONS_MAX, DEVIATIONS_MAX];
  for (let left = HALVINGS; left > 0; left--) {
    const middle = (low + high) / 2;
    if (-log10NormalTail(middle) < phi) low = middle;
    else high = middle;
  }
  return high;
}

/** ln erfc(x), x at least 0. */
function logErfc(x: number): number {
  const t = 1 / (1 + x / 2);
  let fit = 0;
  for (const coefficient of FIT) fit = fit * t + coefficient;
  return Math.log(t) - x * x + fit;
}
