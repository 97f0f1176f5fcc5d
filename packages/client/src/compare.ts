// What a transaction may ask of a key before it chooses its branch.
import { CompareResult, CompareTarget } from '@reknit/etcd-api';
import type { Bytes, CompareInput } from './inputs.js';

export type Comparison = '=' | '!=' | '<' | '>';

const RESULTS: Readonly<Record<Comparison, number>> = {
  '=': CompareResult.EQUAL,
  '!=': CompareResult.NOT_EQUAL,
  '<': CompareResult.LESS,
  '>': CompareResult.GREATER,
};

/** A key that is absent counts as one whose numbers are 0; its value equals nothing. */
export interface Comparisons {
  value(key: Bytes, comparison: Comparison, value: Bytes): CompareInput;
  /** Number of writes since the key was created. */
  version(key: Bytes, comparison: Comparison, version: number): CompareInput;
  createRevision(key: Bytes, comparison: Comparison, revision: number): CompareInput;
  modRevision(key: Bytes, comparison: Comparison, revision: number): CompareInput;
  lease(key: Bytes, comparison: Comparison, lease: bigint): CompareInput;
  exists(key: Bytes): CompareInput;
  absent(key: Bytes): CompareInput;
}

/**
 * Conditions of a transaction.
 *
 * @example
 * ```ts
 * import { compare, startCluster } from 'reknit';
 *
 * await using cluster = await startCluster({ nodes: 1 });
 * const { succeeded } = await cluster.client().kv.txn({
 *   compare: [compare.absent('config'), compare.value('owner', '=', 'me')],
 *   success: [{ put: { key: 'config', value: 'first' } }],
 * });
 * console.log(succeeded);
 * ```
 */
export const compare: Comparisons = {
  value: (key, comparison, value) => ({ key, value, target: CompareTarget.VALUE, result: RESULTS[comparison] }),
  version: (key, comparison, version) => ({ key, version, target: CompareTarget.VERSION, result: RESULTS[comparison] }),
  createRevision: (key, comparison, revision) => ({
    key,
    createRevision: revision,
    target: CompareTarget.CREATE,
    result: RESULTS[comparison],
  }),
  modRevision: (key, comparison, revision) => ({
    key,
    modRevision: revision,
    target: CompareTarget.MOD,
    result: RESULTS[comparison],
  }),
  lease: (key, comparison, lease) => ({ key, lease, target: CompareTarget.LEASE, result: RESULTS[comparison] }),
  exists: (key) => compare.createRevision(key, '>', 0),
  absent: (key) => compare.createRevision(key, '=', 0),
};
