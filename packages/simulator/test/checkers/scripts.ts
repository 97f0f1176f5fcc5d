// A short notation for histories written by hand: `did(client, [invoked, returned], request, outcome)`.
import type { Operation, OperationRequest, Outcome, Seen } from '../../src/index.js';

type Span = readonly [invoked: number, returned: number | undefined];
export type Line = readonly [client: number, span: Span, request: OperationRequest, outcome: Outcome];

export function script(lines: readonly Line[]): readonly Operation[] {
  return lines.map(([client, [invoked, returned], request, outcome], id) => ({
    ...request,
    id,
    client,
    invokeEvent: invoked,
    invokedAt: invoked,
    returnEvent: returned,
    returnedAt: returned,
    outcome,
  }));
}

const request = (kind: OperationRequest['kind'], key: string, value?: string, expected = 0): OperationRequest => ({
  kind,
  key,
  value,
  expected,
  consistency: 'linearizable',
});

export const put = (value: string, key = 'x'): OperationRequest => request('put', key, value);
export const get = (key = 'x'): OperationRequest => request('get', key);
export const remove = (key = 'x'): OperationRequest => request('delete', key);
export const cas = (expected: number, value: string, key = 'x'): OperationRequest => request('cas', key, value, expected);
export const staleGet = (key = 'x'): OperationRequest => ({ ...request('get', key), consistency: 'serializable' });

export const absent: Seen = { kind: 'absent' };
const unobserved: Seen = { kind: 'unobserved' };
export const saw = (value: string, modRevision: number): Seen => ({ kind: 'value', value, modRevision });

export const wrote = (revision: number, seen: Seen = unobserved): Outcome => ({ kind: 'ok', wrote: true, revision, seen });
export const read = (revision: number, seen: Seen): Outcome => ({ kind: 'ok', wrote: false, revision, seen });
export const unknown: Outcome = { kind: 'unknown', reason: 'timed out' };
export const failed: Outcome = { kind: 'failed', reason: 'refused' };

/** The same history as a store without revisions would have given it. */
export function withoutRevisions(operations: readonly Operation[]): readonly Operation[] {
  return operations.map((operation) => {
    const { outcome } = operation;
    if (outcome.kind !== 'ok') return operation;
    const seen = outcome.seen.kind === 'value' ? saw(outcome.seen.value, 0) : outcome.seen;
    return { ...operation, outcome: { ...outcome, revision: 0, seen } };
  });
}
