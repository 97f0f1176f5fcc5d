// What a component itself declares as proof that it is well: every question of its `verify:` list, answered well, one
// after the other.
import type { Millis } from '@reknit/base';
import type { Answer, Instruments, VerifySpec } from '@reknit/recovery';

export async function verifyDeclared(
  { probes }: VerifySpec,
  instruments: Pick<Instruments, 'ask'>,
  withinMs: Millis,
): Promise<Answer> {
  for (const { probe, timeoutMs } of probes) {
    const { outcome, detail } = await instruments.ask(probe, Math.min(timeoutMs, withinMs));
    if (outcome !== 'good') return { kind: 'wait', detail: `${probe.name}: ${detail}` };
  }
  return { kind: 'good', detail: `answered well: ${probes.map(({ probe }) => probe.name).join(', ')}` };
}
