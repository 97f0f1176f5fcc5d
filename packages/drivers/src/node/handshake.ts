// Who serves on a port, proven: the answer to a fresh challenge, bound to pid, start time, incarnation and boot by the
// cluster's secret. A recorded answer, or a stranger on the port, proves nothing and counts as nobody.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Boot } from '@reknit/recovery';

/** Sixteen bytes cannot be guessed, nor met twice. */
export const CHALLENGE_BYTES = 16;

interface Claim {
  readonly name: string;
  readonly incarnation: string;
  readonly bootId: string;
  readonly pid: number;
  readonly startTime: number;
  readonly proof: string;
}

/** Undefined for whatever is not a proof that this subject answers. */
export function verifiedBoot(body: string, subject: string, challenge: string, secret: Uint8Array): Boot | undefined {
  const claim = parseClaim(body);
  if (claim === undefined || claim.name !== subject) return undefined;
  const { pid, startTime, incarnation, bootId } = claim;
  if (!equalHex(claim.proof, proofOf(secret, challenge, { pid, startTime, incarnation, bootId }))) return undefined;
  return { process: { pid, startTime }, bootId, incarnation };
}

export const proofOf = (
  secret: Uint8Array,
  challenge: string,
  { pid, startTime, incarnation, bootId }: Pick<Claim, 'pid' | 'startTime' | 'incarnation' | 'bootId'>,
): string => createHmac('sha256', secret).update(`${challenge}|${pid}|${startTime}|${incarnation}|${bootId}`).digest('hex');

function equalHex(left: string, right: string): boolean {
  const a = Buffer.from(left, 'hex');
  const b = Buffer.from(right, 'hex');
  return a.length === b.length && timingSafeEqual(a, b);
}

function parseClaim(body: string): Claim | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isClaim(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isClaim(value: unknown): value is Claim {
  if (typeof value !== 'object' || value === null) return false;
  const { name, incarnation, bootId, pid, startTime, proof } = value as Record<string, unknown>;
  const texts = [name, incarnation, bootId, proof].every((text) => typeof text === 'string');
  return texts && [pid, startTime].every((number) => typeof number === 'number');
}
